/**
 * What is said between stackctl and the adapter of a client: one JSON object a line, on the adapter's standard input and output.
 * docs/clients.md tells it to whoever writes an adapter.
 */
import * as z from 'zod';

export interface AdapterAddress {
  readonly host: string;
  readonly port: number;
}

/** The first line that an adapter reads. Passwords go through the pipe: they are in no argument and no environment. */
export interface Hello {
  readonly protocol: 1;
  readonly sentinels: readonly AdapterAddress[];
  /** What the Sentinels call the master. */
  readonly group: string;
  readonly password?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** `host:port` by which the Sentinels name a server -> where it is reached from here. Empty: by that address. */
  readonly addresses: Readonly<Record<string, AdapterAddress>>;
  /** What `--client NAME?option=value` says. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Each later line: one write. It is answered once, in any order. */
export interface Order {
  readonly id: number;
  readonly op: 'rpush';
  readonly key: string;
  readonly value: string;
}

/** The first line that it writes, once it can write to the master. */
export const readySchema = z.object({
  ready: z.literal(true),
  client: z.string().min(1),
  version: z.string().nullish(),
});

export type Ready = z.infer<typeof readySchema>;

/**
 * `ok`: the server acknowledged it. `fail`: it was certainly not applied. `info`: anything else: the client may have sent it
 * before, so its last error says nothing of that.
 */
export const answerSchema = z.object({
  id: z.int().min(1),
  type: z.enum(['ok', 'fail', 'info']),
  error: z.string().nullish(),
});

export type Answer = z.infer<typeof answerSchema>;
