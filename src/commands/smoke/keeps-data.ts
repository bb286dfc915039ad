import { counted } from '../../lib/counted.ts';
import { type PhaseResult, skipped } from '../../smoke/results.ts';
import { changeOf, type Stored } from '../../smoke/stored.ts';
import { eventId } from '../../stack/contract/event-id.ts';
import { distinctIn } from '../../stack/contract/id-tally.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import { readRun, type StoredRun } from '../../traffic/run-stores.ts';
import { storeServicesOf } from '../../traffic/seed-traffic.ts';
import { requireReady } from '../session/running.ts';
import { type OpenSession, withSession } from '../session/session.ts';
import type { SmokeProject } from './own-project.ts';
import { runVerb } from './run-verb.ts';

/** What a store holds of a run. */
export interface Held extends StoredRun {
  readonly profile: string;
  readonly run: string;
}

/**
 * Ends the project without its data, starts it again, and looks whether the stores hold the same events of each run. @param before what
 * they held when it was sent.
 */
export async function keepsData(project: SmokeProject, before: readonly Held[]): Promise<PhaseResult> {
  for (const verb of ['down', 'up'] as const) {
    const { failure } = await runVerb(project, [verb]);
    if (failure !== undefined) throw failure;
  }
  const total = before.reduce((sum, { found }) => sum + distinctIn(found), 0);
  if (total === 0) return skipped('down and up passed; no store has events that it would have to keep');
  const after = await heldOf(project, new Map(before.map(({ profile, run }) => [profile, run])));
  const compared = before.map((one) => compare(one, after));
  const reasons = compared.flatMap(({ reason }) => reason ?? []);
  const stores = new Set(before.map(({ store }) => store)).size;
  const seen = `the same ${counted(total, 'event')} in ${counted(stores, 'store')} before and after`;
  return {
    verdict: reasons.length === 0 ? 'pass' : 'fail',
    reasons,
    seen: reasons.length === 0 ? seen : '',
    data: compared.map(({ figures }) => figures),
  };
}

/** Ids that are listed; the counts are of all. */
const LISTED = 20;
const SHOWN = 3;
const NOTHING: Stored = { from: () => [], copiesOf: () => 0 };

function compare({ profile, run, store, found }: Held, after: readonly Held[]) {
  const again = after.find((one) => one.run === run && one.store === store)?.found ?? NOTHING;
  const { gone, added } = changeOf(found, again);
  const [goneIds, addedIds] = [gone, added].map((all) => all.slice(0, LISTED).map((one) => eventId(run, one)));
  const [had, has] = [distinctIn(found), distinctIn(again)];
  const which = [...(has === 0 ? [] : listed('gone', gone.length, goneIds)), ...listed('new', added.length, addedIds)];
  const counts = `${store} had ${counted(had, 'event')} of run ${run}, and has ${has}`;
  return {
    figures: {
      ...{ profile, run, store, found: had, foundAgain: has },
      ...{ gone: gone.length, goneIds, added: added.length, addedIds },
    },
    reason:
      gone.length + added.length === 0 ? undefined : `${counts}${which.length === 0 ? '' : `: ${which.join(', ')}`}`,
  };
}

function listed(what: string, count: number, ids: readonly string[] = []): readonly string[] {
  const more = count > SHOWN ? ', …' : '';
  return count === 0 ? [] : [`${count} ${what} (${ids.slice(0, SHOWN).join(', ')}${more})`];
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
  const stores = await readRun({ ...{ stack, profile, refuse, emit, signal }, runId: run });
  return stores.map((store) => ({ ...store, profile: name, run }));
}
