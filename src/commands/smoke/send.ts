import type { TrafficReport } from '../../traffic/report.ts';
import { sendTraffic, type TrafficWish } from '../seed/send-traffic.ts';
import { withSession } from '../session/session.ts';
import type { SmokeProject } from './own-project.ts';

/** Sends events of a profile and reads them back, as `seed traffic` does. @throws as `sendTraffic`. */
export function sendProfile(
  { context, stackRef }: SmokeProject,
  profile: string,
  wish: Partial<TrafficWish> & Pick<TrafficWish, 'seed'>,
): Promise<TrafficReport> {
  return withSession(context, stackRef, async (session) => {
    const none = { count: undefined, duration: undefined, rate: undefined, concurrency: undefined, epoch: undefined };
    const settleMs = context.global.timeoutMs;
    const all = { ...none, profile, from: context.cwd, settleMs, threshold: [], isPart: true as const, ...wish };
    return (await sendTraffic(session, all)).report;
  });
}
