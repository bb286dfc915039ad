import { expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { failed, ofVerb, type PhaseResult, skipped, together } from '../../src/smoke/results.ts';

const result = (verdict: PhaseResult['verdict'], reasons: readonly string[] = [], seen = ''): PhaseResult => ({
  ...{ verdict, reasons, seen, data: verdict },
});

test('what a verb answered passes; what stands beside an answer that is a no decides, and the answer is kept', () => {
  const seen = (data: { readonly events: number }) => `${data.events} events`;
  const data = { events: 3 };
  expect(ofVerb({ data }, seen)).toEqual({ verdict: 'pass', reasons: [], seen: '3 events', data });
  const failure = new StackctlError('E_TRAFFIC_LOST', 'not verified', { details: { reasons: ['2 are missing'] } });
  expect(ofVerb({ data, failure }, seen)).toEqual({
    ...{ verdict: 'fail', reasons: ['not verified', '2 are missing'], seen: '3 events', data },
  });
  const open = new StackctlError('E_TRAFFIC_INCONCLUSIVE', 'not read');
  expect(ofVerb({ data, failure: open }, seen)).toMatchObject({ verdict: 'inconclusive', seen: '3 events', data });
});

test('of several the worst verdict counts, and each has its say', () => {
  const pass = result('pass', [], 'a: 10 read back');
  const open = result('inconclusive', ['b: not read']);
  const fail = result('fail', ['c: 2 are missing', 'c: 1 twice'], 'c: 7 read back');
  expect(together([pass, fail, open])).toEqual({
    verdict: 'fail',
    reasons: ['c: 2 are missing', 'c: 1 twice', 'b: not read'],
    seen: 'a: 10 read back; c: 7 read back',
    data: ['pass', 'fail', 'inconclusive'],
  });
  expect(together([{ ...pass, warnings: ['a: 3 rejected'] }, pass])).toMatchObject({
    verdict: 'pass',
    warnings: ['a: 3 rejected'],
  });
  expect(together([open, pass])).toMatchObject({ verdict: 'inconclusive', reasons: ['b: not read'] });
  expect(together([pass, pass])).toMatchObject({ verdict: 'pass', reasons: [] });
});

test('what was thrown is a failure with its reasons; why something is skipped is the only one', () => {
  const error = new StackctlError('E_UNHEALTHY', 'not healthy', { details: { reasons: ['api: refused'] } });
  expect(failed(error, 'seen', 1)).toEqual({
    verdict: 'fail',
    reasons: ['not healthy', 'api: refused'],
    seen: 'seen',
    data: 1,
  });
  expect(failed(new Error('broken'))).toEqual({ verdict: 'fail', reasons: ['broken'], seen: '', data: null });
  expect(skipped('there is none')).toEqual({ verdict: 'skipped', reasons: ['there is none'], seen: '', data: null });
});
