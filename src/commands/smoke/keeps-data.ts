import { counted } from '../../lib/counted.ts';
import { type PhaseResult, skipped } from '../../smoke/results.ts';
import { countRun } from '../../traffic/clean.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import { storeServicesOf } from '../../traffic/seed-traffic.ts';
import { requireReady } from '../session/running.ts';
import { type OpenSession, withSession } from '../session/session.ts';
import type { SmokeProject } from './own-project.ts';
import { runVerb } from './run-verb.ts';

/** What a store holds of a run. */
export interface Held {
  readonly profile: string;
  readonly run: string;
  readonly store: string;
  readonly found: number;
}

/** Ends the project without its data, starts it again, and counts what the stores hold of each run. @param before what they held when it was sent. */
export async function keepsData(project: SmokeProject, before: readonly Held[]): Promise<PhaseResult> {
  for (const verb of ['down', 'up'] as const) {
    const { failure } = await runVerb(project, [verb]);
    if (failure !== undefined) throw failure;
  }
  const runs = new Map(before.map(({ profile, run }) => [profile, run]));
  const after = await heldOf(project, runs);
  const foundIn = ({ run, store }: Held): number =>
    after.find((one) => one.run === run && one.store === store)?.found ?? 0;
  const data = before.map((one) => ({ ...one, foundAgain: foundIn(one) }));
  const reasons = data
    .filter(({ found, foundAgain }) => foundAgain !== found)
    .map(
      ({ store, run, found, foundAgain }) =>
        `${store} had ${counted(found, 'event')} of run ${run}, and has ${foundAgain}`,
    );
  const total = before.reduce((sum, { found }) => sum + found, 0);
  if (total === 0) return skipped('down and up passed; no store has events that it would have to keep');
  const stores = new Set(before.map(({ store }) => store)).size;
  const seen = `${counted(total, 'event')} in ${counted(stores, 'store')} before and after`;
  return { verdict: reasons.length === 0 ? 'pass' : 'fail', reasons, seen: reasons.length === 0 ? seen : '', data };
}

/** @param runs of each profile. */
export async function heldOf(
  { context, stackRef }: SmokeProject,
  runs: ReadonlyMap<string, string>,
): Promise<readonly Held[]> {
  return withSession(context, stackRef, async (session) => {
    const held: Held[] = [];
    for (const [profile, run] of runs) held.push(...(await heldOfRun(session, { profile, run, from: context.cwd })));
    return held;
  });
}

async function heldOfRun(
  session: OpenSession,
  { profile: name, run, from }: { readonly profile: string; readonly run: string; readonly from: string },
): Promise<readonly Held[]> {
  const { profile, refuse } = await loadProfile(session.stack, name, from);
  const stack = await requireReady(session, storeServicesOf(profile, session.stack));
  const { emit, signal } = session;
  const stores = await countRun({ ...{ stack, profile, refuse, emit, signal }, runId: run });
  return stores.map(({ store, found }) => ({ profile: name, run, store, found }));
}
