import { expect, test } from 'vitest';
import { isInstanceRecord, isRunState } from '../../../../src/programs/supervisor/protocol/record-shape.ts';

const launch = { configHash: 'x', argv: ['/bin/true'], environment: { A: 'b' }, stopGraceS: 1 };
const record = { revision: 'r', wanted: 'running', launch };
const server = { pid: 1, started: '1@b', configHash: 'x', startedAt: '2026-01-01T00:00:00.000Z' };
const state = { applied: 'r', server, remains: 'server', restarts: 0, crashes: 0, exits: [] };

test('what is written is read', () => {
  expect(isInstanceRecord(record)).toBe(true);
  expect(isInstanceRecord({ ...record, fault: 'kill', adopts: 'y' })).toBe(true);
  expect(isRunState(state)).toBe(true);
  expect(isRunState({ remains: 'nothing', exits: [{ at: 'then', code: 0 }] })).toBe(true);
});

test.each([
  [null],
  [[]],
  [{}],
  [{ ...record, wanted: 'toString' }],
  [{ ...record, launch: { ...launch, argv: [] } }],
  [{ ...record, launch: { ...launch, stopGraceS: '1' } }],
  [{ ...record, launch: { ...launch, environment: { A: 1 } } }],
])('%j is no record', (json) => {
  expect(isInstanceRecord(json)).toBe(false);
});

test.each([
  [null],
  [{}],
  [{ ...state, server: { pid: 1 } }],
  [{ ...state, exits: [1] }],
  [{ ...state, restarts: 'x' }],
])('%j is no state', (json) => {
  expect(isRunState(json)).toBe(false);
});
