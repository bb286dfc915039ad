import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ednOf } from '../../src/failover/edn.ts';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

const write = (value: number, invoked: number, completed: number, outcome: WriteRecord['outcome']): WriteRecord => ({
  ...{ value, intended: invoked, invoked, completed, outcome },
});

interface Op {
  readonly index: number;
  readonly time: number;
  readonly type: string;
  readonly process: number;
  readonly f: string;
  readonly value: string;
}

const LINE = /^\{:index (\d+), :time (\d+), :type (:\w+), :process (\d+), :f (:\w+), :value (.+)\}$/;

const opsOf = (text: string): readonly Op[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, index, time, type = '', process, f = '', value = ''] = LINE.exec(line) ?? [];
      return { index: Number(index), time: Number(time), type, process: Number(process), f, value };
    });

describe('a history in EDN', () => {
  it('has a line for each beginning and each end, and the final read at last', () => {
    const history = [write(1, 1000, 1001.5, 'acked'), write(2, 1001, 1004, 'unknown'), write(3, 1002, 1003, 'failed')];
    expect(ednOf({ history, finalRead: { node: 'redis-2', values: [1, 2] } })).toBe(
      `{:index 0, :time 0, :type :invoke, :process 0, :f :add, :value 1}
{:index 1, :time 1000000, :type :invoke, :process 1, :f :add, :value 2}
{:index 2, :time 1500000, :type :ok, :process 0, :f :add, :value 1}
{:index 3, :time 2000000, :type :invoke, :process 0, :f :add, :value 3}
{:index 4, :time 3000000, :type :fail, :process 0, :f :add, :value 3}
{:index 5, :time 4000000, :type :info, :process 1, :f :add, :value 2}
{:index 6, :time 4000000, :type :invoke, :process 0, :f :read, :value nil}
{:index 7, :time 4000000, :type :ok, :process 0, :f :read, :value [1 2]}
`,
    );
  });

  it('says of a final read that failed that nothing is known', () => {
    expect(opsOf(ednOf({ history: [write(1, 0, 1, 'acked')], finalRead: undefined })).at(-1)).toMatchObject({
      ...{ type: ':info', f: ':read', value: 'nil' },
    });
  });

  it('has processes that do one thing at a time and are not used again after an unknown outcome', () => {
    const writes = fc.array(
      fc.record({
        invoked: fc.nat(50),
        took: fc.nat(20),
        outcome: fc.constantFrom<WriteRecord['outcome']>('acked', 'failed', 'unknown'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(writes, (given) => {
        const history = given.map(({ invoked, took, outcome }, index) =>
          write(index + 1, invoked, invoked + took, outcome),
        );
        const ops = opsOf(ednOf({ history, finalRead: { node: 'a', values: [] } }));
        expect(ops).toHaveLength(2 * given.length + 2);
        const state = new Map<number, string>();
        for (const [index, { index: said, process, type, time }] of ops.entries()) {
          expect(said).toBe(index);
          expect(time).toBeGreaterThanOrEqual(ops[index - 1]?.time ?? 0);
          const before = state.get(process);
          if (type === ':invoke') expect([undefined, ':ok', ':fail']).toContain(before);
          else expect(before).toBe(':invoke');
          state.set(process, type);
        }
      }),
    );
  });
});
