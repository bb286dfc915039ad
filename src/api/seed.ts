import { sendTraffic, trafficFailure } from '../commands/seed/send-traffic.ts';
import type { SessionContext } from '../commands/session/context.ts';
import { withSession } from '../commands/session/session.ts';
import type { Seeded, SeedOptions } from './call-types.ts';

/** @throws what `sendTraffic` throws, and where the run is not verified: E_TRAFFIC_LOST, E_TRAFFIC_UNVERIFIED, … */
export async function seed(context: SessionContext, wish: SeedOptions): Promise<Seeded> {
  const { profile, count, durationMs: duration, rate, seed: number = 1, settleMs } = wish;
  return withSession(context, undefined, async (session) => {
    const none = { concurrency: undefined, threshold: [], epoch: undefined, from: context.cwd };
    const { report } = await sendTraffic(session, { ...none, profile, count, duration, rate, seed: number, settleMs });
    const failure = trafficFailure(report, context.signal);
    if (failure !== undefined) throw failure;
    return report;
  });
}
