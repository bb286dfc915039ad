import { poll } from '../../lib/poll.ts';
import type { WriteOutcome } from '../../stack/contract/failover.ts';
import type { Heard } from '../../stack/contract/final-read.ts';
import { classify } from './classify.ts';
import { DISCOVERY_MS } from './discovery.ts';
import { type MasterLink, openMasterLink } from './master-link.ts';
import { monotonicMs, type WriterPlan } from './protocol/plan.ts';
import { SHAPES } from './shapes.ts';
import { openSubscriber } from './subscriber.ts';

/** Of one write. */
const TIMEOUT_MS = 250;

export interface Writer {
  readonly discoveryMs: number;
  /** Of a client: what it says that it is. */
  readonly title?: string | undefined;
  /** Writes one value, once, to what it believes to be the primary. Never rejects. */
  write(value: number): Promise<WriteOutcome>;
  /** Why it cannot write any more, whatever the servers do. */
  problem(): string | undefined;
  /** Of pubsub, once nothing is written any more: what the subscriber has heard, with what was still on its way. */
  heard?(): Promise<Heard>;
  close(): void;
}

/**
 * A client as a careful application would be, and no more: it believes in the master that it found until there is an
 * error, then asks the Sentinels. It never queues, retries or resends, so that every value has one attempt and one
 * outcome. Resolves when it has a master, however long that takes: whoever started it has the patience.
 */
export async function openWriter(plan: WriterPlan): Promise<Writer> {
  const link = openMasterLink({ plan, timeoutMs: TIMEOUT_MS });
  await poll(() => (link.current() === undefined ? undefined : true), {
    everyMs: 5,
    signal: new AbortController().signal,
  });
  const subscriber = plan.shape === 'pubsub' ? await openSubscriber(plan, TIMEOUT_MS) : undefined;
  return {
    discoveryMs: DISCOVERY_MS,
    write: (value) => write(link, plan, value),
    problem: () => undefined,
    ...(subscriber !== undefined && { heard: subscriber.heard }),
    close: () => {
      link.close();
      subscriber?.close();
    },
  };
}

const yes = (): boolean => true;
const no = (): boolean => false;

/**
 * The lifetime of what it writes leaves with every write: this process may end between two of them, and a server that hung may
 * apply a write when all has been deleted already.
 */
async function write(
  link: MasterLink,
  { shape, key, companions, lifetimeS, wait }: WriterPlan,
  value: number,
): Promise<WriteOutcome> {
  const connection = link.current();
  if (connection === undefined) return { type: 'failed', at: monotonicMs(), error: 'no master known' };
  const sentAt = monotonicMs();
  const { commandFor, answerIn } = SHAPES[shape];
  try {
    const { client } = connection;
    const [command, ...args] = commandFor(key, value);
    const written = client.call(command, ...args);
    const reached = wait && client.call('WAIT', wait.replicas, wait.ms).catch(() => 0);
    const [isKept] = [key, ...companions].map((one) => client.call('EXPIRE', one, lifetimeS).then(yes, no));
    const answer = answerIn(await written);
    const replicas = reached === undefined ? undefined : Number(await reached);
    const at = monotonicMs();
    if (wait !== undefined && replicas !== undefined && replicas < wait.replicas)
      return { type: 'unknown', at, error: `${replicas} of ${wait.replicas} replicas had it in time` };
    const acked = { type: 'acked', at, node: connection.node.name, answer } as const;
    // A replica takes messages too, and only another command says that it is one.
    if (shape !== 'pubsub' || (await isKept)) return { ...acked, noneAt: link.trust(connection) };
    link.doubt(connection, 'keep');
    return acked;
  } catch (cause) {
    const at = monotonicMs();
    const { type, error, connection: fate } = classify(cause);
    link.doubt(connection, fate, type === 'failed' ? sentAt : undefined);
    return { type, at, error };
  }
}
