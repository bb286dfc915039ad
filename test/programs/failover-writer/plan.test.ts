import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromLine, type SentRecord, toLine } from '../../../src/programs/failover-writer/protocol/plan.ts';

const ms = fc.integer({ min: 0, max: 1e12 }).map((microseconds) => microseconds / 1000);
const node = fc.option(fc.string(), { nil: undefined });
const outcome = fc.oneof(
  fc.record(
    { type: fc.constant('acked' as const), at: ms, node, noneAt: fc.option(ms, { nil: undefined }), answer: fc.nat() },
    { requiredKeys: ['type', 'at', 'node', 'noneAt'] },
  ),
  fc.record({ type: fc.constantFrom('failed' as const, 'unknown' as const), at: ms, error: fc.string() }),
);
const record: fc.Arbitrary<SentRecord> = fc.record({ value: fc.nat(), intended: ms, invoked: ms, outcome });

it('a record is the same on the other side of the pipe, to the microsecond', () => {
  fc.assert(
    fc.property(record, (sent) => {
      expect(fromLine(JSON.parse(JSON.stringify(toLine(sent))))).toEqual(sent);
    }),
  );
});
