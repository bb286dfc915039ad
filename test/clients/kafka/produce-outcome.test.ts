import { expect, test } from 'vitest';
import { outcomesOf } from '../../../src/clients/kafka/produce-outcome.ts';
import type { ProduceResponse } from '../../../src/clients/kafka/produce-request.ts';

type Partition = ProduceResponse['responses'][number]['partitionResponses'][number];

const partition = (index: number, given: Partial<Partition> = {}): Partition => ({
  ...{ index, errorCode: 0, baseOffset: 0n, logAppendTimeMs: -1n, logStartOffset: 0n },
  ...{ recordErrors: [], errorMessage: null, ...given },
});
const answer = (...partitionResponses: Partition[]): ProduceResponse => ({
  responses: [{ name: 'events', partitionResponses }],
  throttleTimeMs: 0,
});
const outcomeOf = (given: Partial<Partition>) => outcomesOf(answer(partition(0, given)), 'events').get(0);

test('each partition has an outcome of its own, and only those that the answer names', () => {
  const outcomes = outcomesOf(answer(partition(2), partition(0, { errorCode: 10 })), 'events');
  expect([0, 1, 2].map((index) => outcomes.get(index)?.type)).toEqual(['rejected', undefined, 'acked']);
  expect(outcomesOf(answer(partition(0)), 'other').size).toBe(0);
});

test('a refusal is what comes before anything is stored; what may come after it leaves it open', () => {
  expect(outcomeOf({ errorCode: 10 })).toEqual({ type: 'rejected', reason: 'MESSAGE_TOO_LARGE' });
  expect(outcomeOf({ errorCode: 87, errorMessage: 'no key' })).toEqual({
    type: 'rejected',
    reason: 'INVALID_RECORD: no key',
  });
  expect(outcomeOf({ errorCode: 19 })).toEqual({
    ...{ type: 'rejected', reason: 'NOT_ENOUGH_REPLICAS' },
    unreachable: true,
  });
  // A server error, no leader any more, a replica that is late, too few of them behind the leader, a disk.
  for (const errorCode of [-1, 6, 7, 20, 56, 9999]) expect(outcomeOf({ errorCode })?.type).toBe('unknown');
});

test('an error of a record is never an acknowledgement', () => {
  const recordErrors = [{ batchIndex: 1, batchIndexErrorMessage: 'wrong' }];
  expect(outcomeOf({ recordErrors })).toMatchObject({ type: 'unknown', reason: 'NONE: wrong' });
  expect(outcomeOf({ errorCode: 87, recordErrors })).toEqual({ type: 'rejected', reason: 'INVALID_RECORD: wrong' });
});
