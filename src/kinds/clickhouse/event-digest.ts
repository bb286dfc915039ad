/** What a table holds of a run, told by the server without the ids. */
import { type ClickhouseTarget, quoteText } from '../../clients/clickhouse/ask.ts';
import { readLinesOfClickhouse } from '../../clients/clickhouse/read-lines.ts';
import {
  type RangeDigest,
  rangeIndexOf,
  rangeStart,
  START_LENGTH,
  sumOfHalves,
} from '../../stack/contract/range-digest.ts';
import type { RangedStore } from '../../stack/contract/traffic.ts';
import { textHash } from './event-hash.ts';

export interface RunRows {
  /** Rows of the run, with the id as text: in SQL, from `from` on, and the parameters of that. */
  readonly id: string;
  readonly condition: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly runId: string;
  readonly target: () => Promise<ClickhouseTarget>;
}

export function rangesOfTable({ id, condition, parameters, runId, target }: RunRows): RangedStore {
  const start = `substring(${id}, 1, ${START_LENGTH})`;
  return {
    digest: async (signal) => {
      const ranges: RangeDigest[] = [];
      let isNear = false;
      // No names for what is selected: a column of the table may have the same one.
      const statement = `select ${start}, count(), sum(toInt32(murmurHash3_32(${id}))), sum(xxHash32(${id})) ${condition} group by ${start}`;
      const read = (lines: string): void => {
        for (const line of lines.split('\n')) {
          if (line === '') continue;
          const [text = '', count, upper, lower] = line.split('\t');
          const index = rangeIndexOf(runId, text);
          if (index === undefined) isNear = true;
          else ranges.push({ index, count: Number(count), sum: sumOfHalves(Number(upper), Number(lower)) });
        }
      };
      await readLinesOfClickhouse(await target(), statement, read, { parameters, signal });
      return isNear ? undefined : { hash: textHash(runId), ranges };
    },
    readRanges: async (indexes, found, signal) => {
      const starts = indexes.map((index) => quoteText(rangeStart(runId, index))).join(',');
      const statement = `select ${id} ${condition} and ${start} in (${starts})`;
      await readLinesOfClickhouse(await target(), statement, found.addAllIn, { parameters, signal });
    },
  };
}
