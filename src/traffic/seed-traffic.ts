import type { Stack } from '../stack/contract/model.ts';
import { runIdOf, type TrafficRun } from '../stack/contract/traffic.ts';
import { applies } from './check-profile.ts';
import { compileEvents } from './generate.ts';
import { createLedger } from './ledger.ts';
import { createMeter } from './meter.ts';
import { openTargets } from './open-targets.ts';
import { chunkSize } from './pace.ts';
import type { TrafficProfile } from './profile-schema.ts';
import { oldestTime, whyNoProof } from './proof.ts';
import { readAll } from './read-back.ts';
import { reportOf, type TrafficReport } from './report.ts';
import type { SeedInput } from './seed-input.ts';
import { sendAll } from './send.ts';

/**
 * Sends the events of a profile, waits until the stores have them, and says whether they do.
 * @throws E_NOT_READY when the services cannot be reached, E_PROFILE_INVALID when one of them says that the profile cannot
 * be right (a table that is not there): nothing was sent then.
 */
export async function seedTraffic(input: SeedInput): Promise<TrafficReport> {
  const { profile, stack, count, seed, clock } = input;
  const epochMs = input.epochMs ?? (profile.epoch === 'now' ? input.date().getTime() : profile.epoch);
  const oldestMs = oldestTime(profile, epochMs);
  const fields = Object.keys(profile.body);
  const run: TrafficRun = { runId: runIdOf(input.random(6)), oldestMs, fields, signal: input.signal };
  const ledger = createLedger(count);
  const targets = await openTargets({ profile, stack, count, epochMs, refuse: input.refuse }, run);
  try {
    const eventAt = compileEvents({ profile, seed, runId: run.runId, epochMs });
    const startedAt = clock.now();
    const meter = createMeter(profile.send.inFlight);
    await sendAll(input, { eventAt, ledger, meter, sink: targets.sink, startedAt });
    const durationMs = clock.now() - startedAt;
    const answers = [...targets.unfit, ...(await readAll({ ...input, runId: run.runId }, targets.stores, ledger))];
    const interrupted = input.signal.aborted;
    const base = { profile: profile.profile, seed, runId: run.runId, epochMs, count };
    const { ratePerS } = input;
    const pace = { ratePerS, batch: chunkSize(profile.send.batch, ratePerS), inFlight: profile.send.inFlight, meter };
    return reportOf({ ...base, durationMs, pace, interrupted, ledger, answers });
  } finally {
    await targets.close();
  }
}

/** The services that a run of this profile talks to. */
export function servicesOf({ send, stores }: TrafficProfile, stack: Stack): readonly string[] {
  const read = stores.filter((store) => applies(store.when, stack) && whyNoProof(store, stack, 1) === undefined);
  return [...new Set([send.service, ...read.map(({ service }) => service)])];
}
