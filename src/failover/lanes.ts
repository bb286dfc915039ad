/** What a run looked like over time, as lanes: one for each server, each arbiter and the client. Pure. */
import { momentOf } from './fault-moment.ts';
import { type LatencyRow, latencies } from './latency.ts';
import type { RoleSpan } from './role-spans.ts';
import type { Observations, RunReport } from './run-report.ts';

/** Times in milliseconds after the fault. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly look: 'master' | 'replica' | 'lost' | 'acked' | 'failed' | 'unknown';
  /** From 0 to 1, of the height of the lane. */
  readonly height: number;
  readonly title: string;
}

export interface Mark {
  readonly at: number;
  readonly title: string;
  /** A step of the failover, and not just something that was reported. */
  readonly isPhase: boolean;
}

export interface Lane {
  readonly name: string;
  readonly bars: readonly Bar[];
  readonly marks: readonly Mark[];
}

export interface Lanes {
  readonly from: number;
  readonly to: number;
  readonly lanes: readonly Lane[];
}

/** What a page shows of a run beside its figures. */
export interface RunPicture {
  readonly lanes: Lanes;
  readonly latencies: readonly LatencyRow[];
}

export function pictureOf(run: RunReport, observed: Observations): RunPicture {
  const { history, fault, oldPrimary } = observed;
  return { lanes: lanesOf(run, observed), latencies: latencies(history, momentOf(fault, history, oldPrimary).at) };
}

/** Shown of the time before the fault. */
const BEFORE_MS = 2000;
/** Columns of the client's lane. */
const COLUMNS = 300;

export function lanesOf(run: RunReport, observed: Observations): Lanes {
  const { at } = momentOf(observed.fault, observed.history, observed.oldPrimary);
  const completed = observed.history.map((record) => record.completed - at);
  const begins = completed.reduce((least, time) => Math.min(least, time), 0);
  const range = {
    from: Math.max(-BEFORE_MS, begins),
    to: completed.reduce((most, time) => Math.max(most, time), 1),
  };
  const writers = [
    clientLane({ name: 'client', history: observed.history, lost: run.lostRanges }, at, range),
    ...(observed.clients ?? []).map(({ name, history }, index) =>
      clientLane({ name, history, lost: run.clients?.[index]?.lostRanges ?? [] }, at, range),
    ),
  ];
  return { ...range, lanes: [...servers(run, observed, at), ...arbiters(run), ...writers] };
}

function servers(run: RunReport, { roles, history }: Observations, faultAt: number): readonly Lane[] {
  const spans = roles?.spans ?? [];
  const named = [...spans, ...history].flatMap(({ node }) => (node === undefined ? [] : [node]));
  const names = [...new Set(named)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return names.map((name) => ({
    name,
    bars: [
      ...spans.filter(({ node }) => node === name).map((span) => roleBar(span, faultAt)),
      ...run.lostRanges
        .filter(({ node }) => node === name)
        .map(({ from, to, firstMs, lastMs, phase }) =>
          barOf('lost', firstMs, lastMs, 1, `lost: values ${from} to ${to}, acknowledged ${phase}`),
        ),
    ],
    marks: [],
  }));
}

/** Where there is none, the server did not answer. */
function roleBar({ node, isPrimary, from, to }: RoleSpan, faultAt: number): Bar {
  const look = isPrimary ? 'master' : 'replica';
  return barOf(look, from - faultAt, to - faultAt, 0.5, `${node} says that it is a ${look}`);
}

function arbiters({ events }: RunReport): readonly Lane[] {
  const sources = [...new Set(events.map(({ source }) => source))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return sources.map((name) => ({
    name,
    bars: [],
    marks: events
      .filter(({ source }) => source === name)
      .map(({ atMs, name: event, text, phase }) => ({
        at: atMs,
        title: `${Math.round(atMs)} ms: ${event} ${text}`,
        isPhase: phase !== null,
      })),
  }));
}

interface Writer {
  readonly name: string;
  readonly history: Observations['history'];
  readonly lost: readonly { readonly from: number; readonly to: number }[];
}

/**
 * A column is as high as the share of its writes that were acknowledged; what was not shows with its outcome, and what is lost of
 * the acknowledged ones at the bottom.
 */
function clientLane(
  { name, history, lost: ranges }: Writer,
  faultAt: number,
  { from, to }: Pick<Lanes, 'from' | 'to'>,
): Lane {
  const width = (to - from) / COLUMNS;
  const columns = Array.from({ length: COLUMNS }, () => ({ acked: 0, failed: 0, unknown: 0, lost: 0 }));
  const gone = new Set(
    ranges.flatMap((range) => Array.from({ length: range.to - range.from + 1 }, (_, n) => range.from + n)),
  );
  for (const { value, intended, outcome } of history) {
    const column = columns[Math.floor((intended - faultAt - from) / width)];
    if (column === undefined) continue;
    column[outcome] += 1;
    if (gone.has(value)) column.lost += 1;
  }
  const bars = columns.flatMap(({ acked, failed, unknown, lost }, index) => {
    const all = acked + failed + unknown;
    if (all === 0) return [];
    const [begin, end] = [from + index * width, from + (index + 1) * width];
    const when = `${Math.round(begin)} to ${Math.round(end)} ms`;
    const title = `${when}: ${acked} acked${lost > 0 ? ` (${lost} lost)` : ''}, ${failed} failed, ${unknown} unknown`;
    const rest = unknown > failed ? 'unknown' : 'failed';
    return [
      ...(acked < all ? [barOf(rest, begin, end, 1, title)] : []),
      ...(acked > 0 ? [barOf('acked', begin, end, acked / all, title)] : []),
      ...(lost > 0 ? [barOf('lost', begin, end, lost / all, title)] : []),
    ];
  });
  return { name, bars, marks: [] };
}

function barOf(look: Bar['look'], from: number, to: number, height: number, title: string): Bar {
  return { look, from, to, height, title };
}
