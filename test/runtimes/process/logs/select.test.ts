import { expect, it } from 'vitest';
import { mergeByTime } from '../../../../src/runtimes/process/logs/merge.ts';
import { lineSelector } from '../../../../src/runtimes/process/logs/select.ts';

const LOG = ['banner', '2026-01-01T00:00:01Z old', '  trace', '2026-01-01T00:00:03Z new', '  trace', '  more'];

it('keeps lines since an instant, and lines without a time only behind one that was kept', () => {
  const select = lineSelector('a', new Date('2026-01-01T00:00:02Z'), undefined);
  const kept = LOG.flatMap((text) => select(text) ?? []);
  expect(kept.map(({ text }) => text)).toEqual(['2026-01-01T00:00:03Z new', '  trace', '  more']);
  expect(kept.map(({ at }) => at)).toEqual(['2026-01-01T00:00:03.000Z', undefined, undefined]);
});

it('keeps everything without one', () => {
  expect(LOG.flatMap((text) => lineSelector('a', undefined, undefined)(text) ?? [])).toHaveLength(LOG.length);
});

it('merges by time without taking apart what belongs together', () => {
  const of = (instance: string, texts: readonly string[]) => {
    return texts.flatMap((text) => lineSelector(instance, undefined, undefined)(text) ?? []);
  };
  const a = of('a', ['2026-01-01T00:00:01Z 1', '  trace', '2026-01-01T00:00:03Z 3']);
  const b = of('b', ['banner', '2026-01-01T00:00:02Z 2', '2026-01-01T00:00:04Z 4']);
  expect(mergeByTime([a, b]).map(({ text }) => text.slice(-6))).toEqual([
    'banner',
    ':01Z 1',
    ' trace',
    ':02Z 2',
    ':03Z 3',
    ':04Z 4',
  ]);
});

it('asks the kind of the instance for the time of a line in another form', () => {
  const timeOf = (instance: string, line: string) => (line === `${instance} late` ? new Date(5) : undefined);
  const select = lineSelector('a', new Date(3), timeOf);
  expect(
    ['early', 'a late', 'with it'].flatMap((text) => select(text) ?? []).map(({ at, text }) => [text, at]),
  ).toEqual([
    ['a late', '1970-01-01T00:00:00.005Z'],
    ['with it', undefined],
  ]);
});
