/** Options of a second writer of stackctl's own: `--client 'raw?wait=1'`. */
import * as z from 'zod';
import type { ClientUnderTest } from '../../../stack/contract/failover.ts';
import type { WorkloadShape } from '../../../stack/contract/final-read.ts';
import type { Instance } from '../../../stack/contract/model.ts';
import type { FailoverInput } from '../../../stack/contract/scenario.ts';
import { fieldName } from '../../../stack/source/problem.ts';
import { members } from '../group.ts';

/** A replica in step answers within a millisecond or two: `WAIT` asks it at once. */
export const WAIT_MS = 100;

/** What `data` may be, and what that is called for people. */
const TITLES: Readonly<Record<WorkloadShape, string>> = {
  list: 'list',
  set: 'set',
  register: 'register',
  counter: 'counter',
  pubsub: 'pub/sub',
};
const SHAPES = Object.keys(TITLES) as WorkloadShape[];

/** For `--workload`: the list is always there. */
export const workloads = Object.fromEntries(SHAPES.flatMap((data) => (data === 'list' ? [] : [[data, { data }]])));

export const ownOptions = z.strictObject({
  data: z.enum(SHAPES).default('list'),
  /** So many replicas must have a write before it counts as acknowledged. */
  wait: z.int().min(1).optional(),
  waitMs: z.int().min(1).max(200).optional(),
  /** It asks this Sentinel only, so that in a partition it stays on its side. */
  sentinel: z.string().optional(),
});

export function writerProblem(input: FailoverInput, options: Readonly<Record<string, unknown>>): string | undefined {
  const parsed = ownOptions.safeParse(options);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    const known = Object.keys(ownOptions.shape).join(', ');
    return `${fieldName(first?.path ?? [])} ${first?.message} (options: ${known})`.trim();
  }
  const { data, wait = 0, waitMs, sentinel } = parsed.data;
  const replicas = members(input).length - 1;
  if (wait > replicas) return `wait is ${wait}, and there are ${replicas} replicas`;
  if (data === 'pubsub' && wait > 0) return 'wait says nothing of messages, which no replica keeps';
  if (waitMs !== undefined && wait === 0) return 'waitMs says nothing without wait';
  return sentinelsFor(input, { sentinel }).length === 0 ? `there is no Sentinel ${sentinel}` : undefined;
}

/** An application's client has options of its own. */
export function ownOptionsOf(client: ClientUnderTest | undefined): z.output<typeof ownOptions> {
  return ownOptions.parse(client === undefined || client.adapter !== undefined ? {} : client.options);
}

/** What a further writer of our own writes, where that is all that it was asked for. */
export function ownTitle(client: ClientUnderTest | undefined): string | undefined {
  const isAll = client !== undefined && Object.keys(client.options).join() === 'data';
  return isAll ? TITLES[ownOptionsOf(client).data] : undefined;
}

/** Those that the writer asks. */
export function sentinelsFor(
  { service }: FailoverInput,
  { sentinel }: { readonly sentinel?: string | undefined },
): readonly Instance[] {
  return service.instances.filter(({ name }) => sentinel === undefined || name === sentinel);
}
