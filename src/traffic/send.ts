import { counted } from '../lib/counted.ts';
import { step } from '../lib/events.ts';
import { createSchedule } from './arrival/schedule.ts';
import { isDue } from './check-times.ts';
import type { ShownRun } from './live.ts';
import type { SinkPlan } from './operations.ts';
import type { SeedInput } from './seed-input.ts';
import { sendLoop } from './send-loop.ts';
import type { Ended, Sending } from './sending.ts';
import { showWhile } from './show-while.ts';

interface SendInput extends Sending {
  readonly runId: string;
  readonly sinks: readonly SinkPlan[];
  readonly shown: ShownRun;
}

/** Sends the events of a run, as they are due or as fast as they are acknowledged, and shows how it goes. */
export async function sendAll(input: SeedInput, { runId, sinks, shown, ...sending }: SendInput): Promise<Ended> {
  const { profile, emit, seed, ratePerS } = input;
  const what = Number.isFinite(sending.count) ? counted(sending.count, 'event') : 'events';
  const title = `send ${what} of ${profile.profile} to ${sinks.map(({ name }) => name).join(', ')}, run ${runId}`;
  const send = (): Promise<Ended> =>
    sendLoop(sending, ratePerS === undefined ? undefined : createSchedule(ratePerS, profile.arrival, seed));
  const { rate } = profile.arrival;
  if (input.isPart !== true && ratePerS !== rate && drawsDue(profile))
    emit({
      type: 'note',
      text: `times of \`due: true\` are those of arrival.rate (${rate}/s), not of this run's pace`,
    });
  if (input.isPart !== true && ratePerS === undefined && isOfOpenLoop(profile.arrival)) {
    emit({ type: 'note', text: "a closed loop takes nothing of the profile's arrival: give --rate or --duration" });
  }
  const work = (progress: (detail: string) => void): Promise<Ended> =>
    showWhile({ run: shown, ratePerS, progress, emit, unit: 'batch', stop: input.signal }, send);
  return step(emit, { id: 'send', title }, work, (ended) => ({
    state: ended === 'stopped' && !input.untilStopped ? 'failed' : 'done',
    detail: `${ended === 'stopped' && input.signal.aborted ? 'stopped: ' : ''}${countsText(shown)}`,
  }));
}

/** Whether it says more than that events come at equal times. */
function isOfOpenLoop({ process, rate, shape }: SeedInput['profile']['arrival']): boolean {
  return process !== 'constant' || rate !== undefined || shape !== undefined;
}

function drawsDue({ draw, operations }: SeedInput['profile']): boolean {
  return [draw, ...Object.values(operations).map((own) => own.draw)].some((draws) => Object.values(draws).some(isDue));
}

function countsText({ ledger: { counts } }: Pick<ShownRun, 'ledger'>): string {
  const rest = [
    ...(counts.rejected === 0 ? [] : [`${counts.rejected} rejected`]),
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} unknown`]),
  ];
  return [`${counts.acked} acknowledged`, ...rest].join(', ');
}
