import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../src/stack/source/problem.ts';
import { MOST_POINTS, pointsIn } from '../../../src/traffic/arrival/points-csv.ts';

const problemsOf = (text: string) => pointsIn(text, 'traffic/load.csv').problems.map(formatProblem);

describe('points of a file', () => {
  test.each([
    ['seconds', '0,1\n30,4\n60.5,0.25\n'],
    ['durations', '0s,1\n30s,4\n1m500ms,0.25'],
    ['a row of names, CRLF, blank lines and blanks', 'time,factor\r\n\r\n 0 , 1\r\n30,4\r\n60.5,0.25\r\n'],
    ['quotation marks', '"t","f"\n"0","1"\n"30","4"\n"60.5","0.25"\n'],
  ])('are read from %s', (_what, text) => {
    expect(pointsIn(text, 'load.csv')).toEqual({
      points: [
        { at: 0, factor: 1 },
        { at: 30_000, factor: 4 },
        { at: 60_500, factor: 0.25 },
      ],
      problems: [],
    });
  });

  test('are those that were written, as many as there may be', () => {
    const factor = fc.integer({ min: 0, max: 1_000_000 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(fc.array(factor, { minLength: 1, maxLength: 50 }), (factors) => {
        const rows = [...factors, 1].map((one, index) => `${index / 2},${one}`);
        expect(pointsIn(rows.join('\n'), 'load.csv').points).toEqual(
          [...factors, 1].map((one, index) => ({ at: index * 500, factor: one })),
        );
      }),
    );
    const most = Array.from({ length: MOST_POINTS }, (_, index) => `${index},1`);
    expect(pointsIn(most.join('\n'), 'load.csv').points).toHaveLength(MOST_POINTS);
    expect(problemsOf(`time,factor\n${[...most, `${MOST_POINTS},1`].join('\n')}`)).toEqual([
      `traffic/load.csv:${MOST_POINTS + 2}:1 is one point too many: a shape has at most ${MOST_POINTS}`,
    ]);
  });
});

test.each([
  ['', 'traffic/load.csv:1:1 has no points: write a row for each, e.g. 0,1'],
  ['time,factor\n', 'traffic/load.csv:1:1 has no points: write a row for each, e.g. 0,1'],
  ['0,1\n10;2', 'traffic/load.csv:2:1 has 1 column, not two: a time and a factor, separated by a comma'],
  ['0,1\n10,2,3', 'traffic/load.csv:2:6 has 3 columns, not two: a time and a factor, separated by a comma'],
  ['5,1', 'traffic/load.csv:1:1 time: must begin at 0'],
  ['0,1\n10,1\n10,2', 'traffic/load.csv:3:1 time: must go on: later than the row before'],
  ['0,1\n10,1\n9,2', 'traffic/load.csv:3:1 time: must go on: later than the row before'],
  [
    '0,1\n soon,2',
    'traffic/load.csv:2:2 time: must be seconds or a duration such as 90 or 1m30s, at most 24d, not "soon"',
  ],
  [
    '0,1\n90d,2',
    'traffic/load.csv:2:1 time: must be seconds or a duration such as 90 or 1m30s, at most 24d, not "90d"',
  ],
  ['0,1\n-1,2', 'traffic/load.csv:2:1 time: must be seconds or a duration such as 90 or 1m30s, at most 24d, not "-1"'],
  ['time,factor\n0,1\n10,  high', 'traffic/load.csv:3:6 factor: must be a number from 0 to 1000000, not "high"'],
  ['0,1000001', 'traffic/load.csv:1:3 factor: must be a number from 0 to 1000000, not "1000001"'],
  ['0,1e3', 'traffic/load.csv:1:3 factor: must be a number from 0 to 1000000, not "1e3"'],
  ['0,0\n5,0', 'traffic/load.csv:1:1 factor: must be above 0 in one row: nothing would ever be sent'],
])('%j is a mistake with its place', (text, message) => {
  expect(problemsOf(text)).toEqual([message]);
});

test('mistakes are told together, and not more than anybody reads', () => {
  expect(problemsOf('0,1\n1,x\ny,2')).toHaveLength(2);
  expect(problemsOf(`0,1\n${Array.from({ length: 100 }, () => 'x,y').join('\n')}`).length).toBeLessThan(12);
});
