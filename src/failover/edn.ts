import type { Observations } from './run-report.ts';

/**
 * A history as Jepsen's tools read it: one operation a line, in EDN, which `jepsen.checker/set` and Elle take
 * (https://github.com/jepsen-io/history). An acknowledged write is `:ok`, a refused one `:fail`, one whose outcome is not known
 * `:info`; the final read is the last operation. Times are nanoseconds since the first one. A process does one thing at a
 * time, and is gone with an outcome that is not known, so each write takes the first process that is free. Pure.
 */
export function ednOf({ history, finalRead }: Pick<Observations, 'history' | 'finalRead'>): string {
  const begin = history[0]?.invoked ?? 0;
  const first = history.reduce((least, { invoked }) => Math.min(least, invoked), begin);
  const last = history.reduce((most, { completed }) => Math.max(most, completed), first);
  const moments = history
    .flatMap((record) => [
      { at: record.invoked, isEnd: false, record },
      { at: record.completed, isEnd: true, record },
    ])
    // At the same time: a write that took no time begins before it ends.
    .toSorted((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
  const processes = createProcesses();
  const lines = moments.map(({ at, isEnd, record }) => {
    const { value, outcome } = record;
    const process = isEnd ? processes.end(value, outcome === 'unknown') : processes.begin(value);
    return { at, process, type: isEnd ? TYPES[outcome] : ':invoke', f: ':add', value: String(value) };
  });
  const process = processes.begin(Number.POSITIVE_INFINITY);
  const read = { at: last, process, f: ':read' };
  const result =
    finalRead === undefined
      ? { type: ':info', value: 'nil' }
      : { type: ':ok', value: `[${finalRead.values.join(' ')}]` };
  return [...lines, { ...read, type: ':invoke', value: 'nil' }, { ...read, ...result }]
    .map((line, index) => lineText({ ...line, index, at: line.at - first }))
    .join('');
}

const TYPES = { acked: ':ok', failed: ':fail', unknown: ':info' } as const;

interface Line {
  readonly index: number;
  /** Milliseconds. */
  readonly at: number;
  readonly process: number;
  readonly type: string;
  readonly f: string;
  readonly value: string;
}

function lineText({ index, at, process, type, f, value }: Line): string {
  const time = Math.round(at * 1e6);
  return `{:index ${index}, :time ${time}, :type ${type}, :process ${process}, :f ${f}, :value ${value}}\n`;
}

function createProcesses() {
  const busy = new Map<number, number>();
  const gone = new Set<number>();
  return {
    begin: (value: number): number => {
      const taken = new Set([...busy.values(), ...gone]);
      let process = 0;
      while (taken.has(process)) process += 1;
      busy.set(value, process);
      return process;
    },
    end: (value: number, isGone: boolean): number => {
      const process = busy.get(value) ?? 0;
      busy.delete(value);
      if (isGone) gone.add(process);
      return process;
    },
  };
}
