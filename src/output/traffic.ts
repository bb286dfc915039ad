import { counted } from '../lib/counted.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Counts } from '../traffic/ledger.ts';
import type { TrafficReport } from '../traffic/report.ts';
import type { StoreReport } from '../traffic/store-report.ts';
import { paint } from './paint.ts';
import { thresholdsText, timesText } from './run-figures.ts';
import { table } from './table.ts';
import { refusalLines } from './traffic-refusals.ts';
import { cacheText, sinksText } from './traffic-sinks.ts';

/** What `seed traffic` prints: what was sent, what the stores hold, and one line with the verdict. */
export function trafficText(report: TrafficReport): string {
  return [
    sentText(report),
    ...sinksText(report),
    ...timesText(report),
    ...cacheText(report),
    ...(report.stores.length === 0 ? [] : [storesText(report.stores)]),
    ...detailText(report),
    ...thresholdsText(report.thresholds),
    verdictLine(report),
  ].join('\n\n');
}

function sentText(report: TrafficReport): string {
  const { profile, seed, run, epoch, events, asked, count, ratePerS, durationMs } = report;
  const of = count === null || events === count ? `${events}` : `${events} of ${count}`;
  const copies = asked === events ? '' : `, sent ${asked} times`;
  return [
    `${paint('bold', profile)}  seed ${seed}, run ${run}, timestamps from ${epoch}`,
    `  ${of} ${count === 1 ? 'event' : 'events'}${copies} in ${formatDuration(durationMs)} (${ratePerS}/s acknowledged): ` +
      fatesText(report),
    ...rateLines(report),
    ...(report.repeated === 0 ? [] : [`  ${report.repeated} sent twice, as send.repeat of the profile says`]),
    ...(report.retries === 0
      ? []
      : [`  ${counted(report.retries, 'repetition')} of events that were not acknowledged (--retry)`]),
    ...(report.ended === 'shape' ? ['  the shape of the profile has no more events'] : []),
    ...refusalLines(report).map((line) => `  ${line}`),
  ].join('\n');
}

function fatesText({ acked, rejected, unknown }: Counts): string {
  return `${acked} acked, ${rejected} rejected, ${unknown} unknown`;
}

/** What was sent beside what was asked for, when a rate was asked for. */
function rateLines(report: TrafficReport): readonly string[] {
  const { askedRatePerS: wanted, sentRatePerS: sent, sentRateResolutionPerS: resolution } = report;
  if (wanted === null) return ['  closed loop: the next batch is sent when an earlier one is answered'];
  const figure =
    sent === null ? 'too few events to measure the rate' : `${sent}/s sent (measured to within ${resolution}/s)`;
  return [`  ${figure}, ${shownRate(wanted)}/s asked for${rateVerdict(report, wanted)}`];
}

/** By a shape, or by chance, other rates are due than the one that was asked for. */
const OTHER_RATE = 0.02;

function rateVerdict({ askedRateReached, achievedPercent, sentRatePerS }: TrafficReport, wanted: number): string {
  if (askedRateReached === false) return `: not reached (${achievedPercent} %)`;
  const isOther = sentRatePerS !== null && Math.abs(sentRatePerS / wanted - 1) > OTHER_RATE;
  return askedRateReached === true && isOther ? `: events left when they were due (${achievedPercent} %)` : '';
}

/** That the rate was not reached, and what was measured of why; undefined: it was, or nothing is known. */
export function rateShortfall(report: TrafficReport): string | undefined {
  const { askedRatePerS: wanted, sentRatePerS: sent, askedRateReached, achievedPercent } = report;
  const { durationMs, sinks } = report;
  // Of several the one that was furthest behind.
  const { inFlight, allInFlightMs, sink } = sinks.reduce(
    (worst, one) => ((one.achievedPercent ?? 100) < (worst.achievedPercent ?? 100) ? one : worst),
    sinks[0] ?? { ...report, sink: '' },
  );
  const where = sinks.length > 1 ? ` to ${sink}` : '';
  if (askedRateReached !== false || wanted === null || sent === null) return undefined;
  const share = Math.round((100 * allInFlightMs) / Math.max(1, durationMs));
  return (
    `the rate of ${shownRate(wanted)}/s was not reached: ${sent}/s were sent, ${achievedPercent} % of it; for ${share} % of the ` +
    `time as many batches were on their way${where} as may be (${inFlight}: --concurrency, or send.inFlight of the profile)`
  );
}

function storesText(stores: readonly StoreReport[]): string {
  const figure = (value: number | null): string => (value === null ? '?' : String(value));
  return table<StoreReport>(
    [
      { title: 'store', cell: ({ store }) => store },
      { title: 'stored', cell: ({ stored }) => figure(stored), align: 'right' },
      { title: 'missing', cell: ({ missing }) => bad(figure(missing)), align: 'right' },
      { title: 'phantom', cell: ({ phantom }) => bad(figure(phantom)), align: 'right' },
      { title: 'duplicates', cell: ({ duplicates }) => bad(figure(duplicates)), align: 'right' },
      ...(overwrittenIn(stores) === 0
        ? []
        : [
            {
              title: 'overwritten',
              cell: ({ overwritten }: StoreReport) => figure(overwritten),
              align: 'right',
            } as const,
          ]),
      { title: 'proof', cell: proof },
    ],
    stores,
  );
}

function proof({ guarantee, missing }: StoreReport): string {
  if (guarantee === 'atMostOnce') return 'no: at most once';
  return missing === null ? 'no' : 'read back';
}

function bad(text: string): string {
  return text === '0' ? text : paint('yellow', text);
}

function detailText({ stores }: TrafficReport): readonly string[] {
  const lines = stores.flatMap((report) =>
    report.guarantee === 'atMostOnce'
      ? []
      : [
          ...listed(`missing in ${report.store}`, report.missingIds, report.missingRanges),
          ...listed(`phantom in ${report.store}`, report.phantomIds, report.phantomRanges),
          ...listed(`more than once in ${report.store}`, report.duplicateIds, report.duplicateRanges),
        ],
  );
  return lines.length === 0 ? [] : [lines.join('\n')];
}

/** The first ids, and where there are more, all of them by their places in the run. */
function listed(what: string, ids: readonly string[], ranges: StoreReport['missingRanges']): readonly string[] {
  const count = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const places = ranges.slice(0, SHOWN_RANGES).map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
  const more = ranges.length > SHOWN_RANGES ? `, … (${ranges.length} ranges; all of them with --json)` : '';
  return [
    ...ids.map((id) => `  ${what}: ${id}`),
    ...(count > ids.length ? [`  ${what}, by their places in the run: ${places.join(', ')}${more}`] : []),
  ];
}

const SHOWN_RANGES = 20;

/** What a later event has overwritten cannot be read back. */
function overwrittenIn(stores: readonly StoreReport[]): number {
  return stores.reduce((sum, { overwritten }) => sum + (overwritten ?? 0), 0);
}

function readBackText({ acked, readBack, stores }: TrafficReport): string {
  const overwritten = overwrittenIn(stores);
  if (readBack === 0)
    return `${counted(acked, 'request')} ${acked === 1 ? 'was' : 'were'} acknowledged, none of which a store has to hold`;
  if (overwritten > 0)
    return `no acknowledged event is missing; ${overwritten} of ${acked} were overwritten by later ones`;
  if (readBack < acked)
    return `${readBack} of ${acked} acknowledged events had to be in a store, and were read back once`;
  return `${acked === 1 ? 'the acknowledged event was' : `all ${acked} acknowledged events were`} read back once`;
}

function verdictLine(report: TrafficReport): string {
  const { verdict, reasons } = report;
  const all = readBackText(report);
  if (verdict === 'pass' && !report.verified) return `${paint('green', 'PASSED')}: ${all}`;
  if (verdict === 'pass') return `${paint('green', 'VERIFIED')}: ${all}`;
  if (verdict === 'fail' && report.verified) return `${paint('red', 'FAILED')}: ${all}, but ${reasons.join('; ')}`;
  // Where nothing is read back, nothing is less verified than it ever would be.
  const failed = report.stores.length === 0 ? 'FAILED' : 'NOT VERIFIED';
  const word = verdict === 'fail' ? paint('red', failed) : paint('yellow', 'INCONCLUSIVE');
  return `${word}: ${reasons.join('; ')}`;
}

/** A rate per hour has many digits per second. */
function shownRate(perS: number): number {
  return Number(perS.toPrecision(4));
}
