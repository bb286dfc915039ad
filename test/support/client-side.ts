/** Clients as an application has them: configured by what `stackctl env --format ioredis` prints. */
import { Redis } from 'ioredis';
import type { TestProject } from './project.ts';
import { waitFor } from './wait-for.ts';

/** What an application gives to ioredis. */
export interface AppOptions {
  readonly sentinels: { readonly host: string; readonly port: number }[];
  readonly name: string;
  readonly natMap?: Record<string, { readonly host: string; readonly port: number }>;
  readonly password?: string;
  readonly sentinelPassword?: string;
  readonly maxRetriesPerRequest?: number;
  readonly commandTimeout?: number;
}

/** The options that `stackctl env --format ioredis` prints. */
export async function ioredisOptions(project: TestProject): Promise<AppOptions> {
  const { code, out, err } = await project.run(['env', '--format', 'ioredis']);
  if (code !== 0) throw new Error(`env: exit ${code}: ${err}`);
  return JSON.parse(out);
}

/** A client with ioredis' own defaults: it queues while there is no connection, and looks for the new master itself. */
export function appClient(options: AppOptions): Redis {
  const client = new Redis({ ...options });
  client.on('error', () => undefined); // a failover breaks connections: what counts is that commands work again
  return client;
}

export interface Subscription {
  readonly messages: readonly string[];
  /** Publishes until the subscription has received it, as a delta that is sent again and again would be. */
  delivers(publisher: Redis, text: string, withinMs?: number): Promise<void>;
  close(): void;
}

/** One subscription on a connection of its own, made once and never again. */
export async function subscribe(options: AppOptions, channel: string): Promise<Subscription> {
  const client = appClient(options);
  const messages: string[] = [];
  client.on('message', (_channel, text) => messages.push(text));
  await client.subscribe(channel);
  const delivers = async (publisher: Redis, text: string, withinMs = 20_000): Promise<void> => {
    await waitFor(
      `${text} on ${channel}`,
      async () => {
        await publisher.publish(channel, text);
        return messages.includes(text);
      },
      withinMs,
    );
  };
  return { messages, delivers, close: () => client.disconnect() };
}

/** A writer that goes on while the test does something else. */
export interface Writer {
  /** Ends it and returns the keys whose writes were acknowledged. */
  stop(): Promise<readonly string[]>;
}

/**
 * Writes one key after the other, each with itself as value. No resend: a write whose connection broke has an unknown
 * outcome and is not counted, and the next key follows.
 */
export function startWriter(options: AppOptions, prefix: string): Writer {
  const client = appClient({ ...options, maxRetriesPerRequest: 0, commandTimeout: 2000 });
  const stopping = new AbortController();
  const acked: string[] = [];
  const ended = (async () => {
    for (let number = 0; !stopping.signal.aborted; number++) {
      const key = `${prefix}:${number}`;
      const reply = await client.set(key, key).catch(() => undefined);
      if (reply === 'OK') acked.push(key);
      await new Promise((resolve) => setTimeout(resolve, reply === 'OK' ? 4 : 20));
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
      client.disconnect();
      return acked;
    },
  };
}
