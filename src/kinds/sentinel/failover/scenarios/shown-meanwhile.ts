/** What shows that something which is asked for by protocol came about: not the answer of the one that is asked. */
import { type BareConnection, openBare } from '../../../../clients/redis/bare-connection.ts';
import { isTimeout } from '../../../../lib/poll.ts';
import { witness } from '../../../../lib/witness.ts';
import type { Instance } from '../../../../stack/contract/model.ts';
import type { FailoverInput, Stage, TriggerEffect } from '../../../../stack/contract/scenario.ts';
import { members, memberTarget } from '../../group.ts';

const ANSWER_MS = 1000;
const LOOK = { everyMs: 2, limitMs: ANSWER_MS } as const;

/**
 * Until a Sentinel publishes this, to which stackctl is subscribed.
 * @returns undefined when none did. @throws what `work` throws.
 */
export async function heardMeanwhile(
  { events }: Pick<Stage, 'events'>,
  name: string,
  work: () => Promise<void>,
): Promise<TriggerEffect | undefined> {
  const since = performance.now();
  const heard = () => events.find((event) => event.at >= since && event.name === name);
  let isDone = false;
  const act = async (): Promise<void> => {
    await work();
    isDone = true;
  };
  try {
    const { notYetAt, seenAt } = await witness(() => heard() !== undefined, act, LOOK);
    return { notYetAt, seenAt, source: heard()?.source ?? name, isLater: true };
  } catch (error) {
    if (isDone && isTimeout(error)) return undefined;
    throw error;
  }
}

/**
 * Until one of the servers that were replicas says that it is a master: each is asked on a connection of its own.
 * @param work calls what it is given right before it has one promoted: asking earlier would cost what is measured.
 * @returns undefined when none does. @throws what `work` throws.
 */
export async function promotedMeanwhile(
  { primary }: Pick<Stage, 'primary'>,
  input: FailoverInput,
  work: (onPromote: () => void) => Promise<void>,
): Promise<TriggerEffect | undefined> {
  const seen = new AbortController();
  const others = members(input).filter(({ name }) => name !== primary);
  const asks = others.map((server) => ({ server, ask: openAsk(input, server, seen.signal) }));
  let finish = (): void => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const looksAt = async ({ server, ask }: (typeof asks)[number]): Promise<TriggerEffect> => {
    const when = await witness(ask, () => finished, LOOK);
    seen.abort();
    return { ...when, source: server.name, isLater: true };
  };
  let looks: Promise<TriggerEffect | undefined> | undefined;
  try {
    await work(() => {
      looks ??= Promise.any(asks.map(looksAt)).catch(() => undefined);
    });
    finish();
    return await looks;
  } finally {
    finish();
    seen.abort();
  }
}

/** Whether a server says that it is a master. A Sentinel that promotes it closes its connections: the next question opens another. */
function openAsk(input: FailoverInput, server: Instance, closed: AbortSignal): () => Promise<boolean> {
  const open = (): BareConnection => openBare(memberTarget(input, server, ANSWER_MS));
  let client = open();
  closed.addEventListener('abort', () => client.close());
  return async () => {
    closed.throwIfAborted();
    if (!client.isOpen()) client = open();
    const role = await client.call('ROLE').catch(() => undefined);
    return Array.isArray(role) && role[0] === 'master';
  };
}
