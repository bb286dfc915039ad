import { rm } from 'node:fs/promises';
import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import { writeRecord } from '../project/record.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import type { EndOptions } from '../stack/contract/runtime-options.ts';
import { forgetSecrets } from './forget-secrets.ts';
import { findPrimaries, type Primaries } from './primaries.ts';
import type { RecordSession } from './session.ts';

export interface DownOptions extends Pick<EndOptions, 'graceMs'> {
  /** Delete the data too. */
  readonly volumes: boolean;
  /** Runtimes that the project was on before: with `volumes`, what is left there goes too. */
  readonly others?: readonly Runtime[];
}

/**
 * Ends a project and leaves only its data behind (with `volumes`, nothing).
 * @returns warnings, e.g. a foreign container that keeps the network alive.
 */
export async function down(
  session: RecordSession,
  { volumes, others = [], ...limit }: DownOptions,
): Promise<readonly string[]> {
  const { runtime, paths, record, emit, signal } = session;
  // Where all data goes, who was the primary of it is of no use any more.
  const primaries: Primaries = volumes ? {} : await keepPrimaries(session, limit);
  const title = volumes ? 'remove everything, data included' : 'stop and remove everything, data stays';
  const warnings = await step(emit, { id: 'down', title }, async () => {
    const removed = [...(await runtime.down({ volumes, signal, emit, ...limit }))];
    if (volumes) for (const other of others) removed.push(...(await other.down({ volumes, signal, emit, ...limit })));
    return removed;
  });
  await rm(paths.faults, { force: true });
  const runtimesUsed = volumes ? [] : record.runtimesUsed;
  if (volumes) warnings.push(...(await forgetSecrets(paths)));
  for (const text of warnings) emit({ type: 'warning', text });
  await writeRecord(paths, { ...record, state: 'down', primaries, runtimesUsed, movedFrom: undefined });
  return warnings;
}

/**
 * Writes down who the primaries are, and stops the arbiters, before anything else stops: a Sentinel that outlives its
 * master for longer than its down-after would start a failover into the shutdown.
 * @returns the primaries as they are on record now.
 */
async function keepPrimaries(session: RecordSession, limit: Pick<EndOptions, 'graceMs'>): Promise<Primaries> {
  const { stack, runtime, paths, record, emit, signal } = session;
  const found = stack === undefined ? {} : await findPrimaries(stack, runtime, signal);
  const primaries = { ...record.primaries, ...found };
  await writeRecord(paths, { ...record, primaries });
  const arbiters = await runningArbiters(session);
  if (arbiters.length > 0) {
    await step(emit, { id: 'arbiters', title: `stop ${arbiters.join(', ')}` }, () =>
      runtime.stop(arbiters, { signal, ...limit }),
    );
  }
  return primaries;
}

async function runningArbiters({ stack, runtime }: RecordSession): Promise<readonly string[]> {
  const arbiters = (stack?.services ?? [])
    .filter(({ kind }) => kind.arbiter !== undefined)
    .flatMap(({ instances }) => instances.map(({ name }) => name));
  try {
    const observed = await runtime.observe();
    const running = new Set(observed.filter(({ state }) => state === 'running').map(({ name }) => name));
    return arbiters.filter((name) => running.has(name));
  } catch (error) {
    // What cannot be read can still be ended: stopping one that does not run is nothing.
    if (error instanceof StackctlError && error.code === 'E_STATE_UNREADABLE') return arbiters;
    throw error;
  }
}
