import { step } from '../../lib/events.ts';
import { pollFor } from '../../lib/poll.ts';
import type { ClientUnderTest, Writing } from '../../stack/contract/failover.ts';
import type { CleanUp } from '../clean-ups.ts';
import { createHistory, type History } from '../history.ts';
import type { HistoryFile } from '../history-file.ts';
import { readBack } from '../read-back.ts';
import type { RunInput } from '../run-input.ts';
import { heardRead } from '../shapes/heard.ts';
import type { ClientObservations } from './client-report.ts';

/** Enough to find out to within 10 ms when one has no acknowledgements; several of them are still no load. */
const RATE_PER_S = 100;
/** When all is well again, and so long after it a client has still no acknowledgement, it has none in this run. */
const LAST_WAIT_MS = 10_000;

/** A client that writes, to a list of its own. */
export interface WritingClient {
  readonly client: ClientUnderTest;
  /** By which its list goes. */
  readonly runId: string;
  readonly history: History;
  readonly writing: Writing;
}

/** One for each client, in their order. */
function clientRunIds({ runId, clients }: Pick<RunInput, 'runId' | 'clients'>): readonly string[] {
  return clients.map((_, index) => `${runId}:${index + 1}`);
}

/** Of applications' clients, which give what they write no lifetime. */
export function companionsOf(input: Pick<RunInput, 'runId' | 'clients'>): readonly string[] {
  return clientRunIds(input).filter((_, index) => input.clients[index]?.adapter !== undefined);
}

/** @throws E_CLIENT_FAILED for one that does not begin to write. */
export async function startClients(
  input: RunInput,
  file: HistoryFile,
  cleanUps: CleanUp[],
): Promise<readonly WritingClient[]> {
  const { capability, target } = input;
  const started: WritingClient[] = [];
  for (const [index, runId] of clientRunIds(input).entries()) {
    const client = input.clients[index];
    if (client === undefined) continue;
    const history = createHistory((record) => file.append({ client: client.name, ...record }));
    cleanUps.push({ what: `delete what ${client.name} wrote`, run: () => capability.cleanUp(target, runId) });
    const options = { runId, ratePerS: RATE_PER_S, client, onRecord: history.append, signal: input.signal };
    const writing = await capability.startWriting(target, options);
    cleanUps.push({ what: `end ${client.name}`, run: () => writing.close() });
    started.push({ client, runId, history, writing });
  }
  return started;
}

/** Clients may take longer than the group. One that does not come back is a finding, and no error. */
export async function waitForClients(
  { emit, signal }: RunInput,
  clients: readonly WritingClient[],
  since: number,
): Promise<void> {
  if (clients.length === 0) return;
  // Of messages an answer of 0: nobody was there to hear it.
  const isHeard = ({ writing }: WritingClient, answer: number | undefined): boolean =>
    writing.shape !== 'pubsub' || answer !== 0;
  const isBack = (one: WritingClient): boolean =>
    one.history.records.some(
      ({ outcome, completed, answer }) => outcome === 'acked' && completed > since && isHeard(one, answer),
    );
  await step(emit, { id: 'clients', title: 'wait until every client writes' }, () =>
    pollFor(LAST_WAIT_MS, () => (clients.every(isBack) ? true : undefined), { everyMs: 20, signal }),
  );
}

/** Ends them all, and only then reads what each has stored: what waits in a library goes with its process. */
export async function observedOf(
  input: RunInput,
  clients: readonly WritingClient[],
): Promise<readonly ClientObservations[]> {
  const all = await Promise.all(clients.map(async (one) => ({ ...one, stats: await stopped(input, one) })));
  const observed: ClientObservations[] = [];
  for (const { client, runId, history, writing, stats } of all) {
    const { shape, title } = writing;
    const finalRead = shape === 'pubsub' ? heardRead(stats) : await readBack({ ...input, runId }, shape);
    const { heard: _, ...counts } = stats;
    const { name } = client;
    const records = history.records;
    observed.push({ name, title, shape, history: records, finalRead, stats: counts, ratePerS: RATE_PER_S });
  }
  return observed;
}

async function stopped({ limits }: RunInput, { writing }: WritingClient) {
  const stats = await writing.stop(limits.drainMs);
  await writing.close();
  return stats;
}
