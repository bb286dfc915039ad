/** When to send, so that the mail arrives in the hour of the coming week with the best score. Pure. */
import { HOURS_PER_WEEK } from './prior.ts';
import { type History, hourOfWeek, priorShare, scoresOf, sum } from './score.ts';

export const MODEL_VERSION = 'hour-of-week-1';

export interface DecisionInput {
  readonly universalId: string;
  /** Seconds between sending and arriving. */
  readonly latencySeconds: number;
  readonly now: Date;
  readonly history: History;
}

export interface Decision {
  readonly universal_id: string;
  /** ISO 8601, UTC. */
  readonly send_at: string;
  /** Share of the recipient's attention that the hour of arrival has; all 168 hours have 1 together. */
  readonly score: number;
  readonly features: {
    readonly hour_of_week: number;
    readonly arrives_at: string;
    readonly latency_seconds: number;
    readonly opens: number;
    readonly clicks: number;
    readonly opens_in_hour: number;
    readonly clicks_in_hour: number;
    /** 1: nothing is known of this recipient. */
    readonly prior_share: number;
  };
  readonly model_version: string;
}

const HOUR_MS = 3_600_000;

/** Sent now, the mail arrives after the latency: the hour of that moment and the 167 after it are the candidates. */
export function decide({ universalId, latencySeconds, now, history }: DecisionInput): Decision {
  const scores = scoresOf(history);
  const earliest = now.getTime() + latencySeconds * 1000;
  const firstHour = Math.floor(earliest / HOUR_MS) * HOUR_MS;
  let best = { arrivesAt: earliest, hour: hourOfWeek(new Date(earliest)) };
  for (let ahead = 1; ahead < HOURS_PER_WEEK; ahead += 1) {
    const arrivesAt = firstHour + ahead * HOUR_MS;
    const hour = hourOfWeek(new Date(arrivesAt));
    // Equally good: the earlier one.
    if ((scores[hour] ?? 0) > (scores[best.hour] ?? 0)) best = { arrivesAt, hour };
  }
  const { arrivesAt, hour } = best;
  return {
    universal_id: universalId,
    send_at: new Date(arrivesAt - latencySeconds * 1000).toISOString(),
    score: rounded(scores[hour] ?? 0),
    features: {
      hour_of_week: hour,
      arrives_at: new Date(arrivesAt).toISOString(),
      latency_seconds: latencySeconds,
      opens: sum(history.opens),
      clicks: sum(history.clicks),
      opens_in_hour: history.opens[hour] ?? 0,
      clicks_in_hour: history.clicks[hour] ?? 0,
      prior_share: rounded(priorShare(history)),
    },
    model_version: MODEL_VERSION,
  };
}

function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
