import { expect, test } from 'vitest';
import { nextCount } from '../../../templates/analytics/services/ingester/src/entries.ts';
import { openFlight } from '../../../templates/analytics/services/ingester/src/flight.ts';

function job() {
  const { promise, resolve, reject } = deferred();
  let started = false;
  const store = () => {
    started = true;
    return promise;
  };
  return { store, resolve, reject, hasStarted: () => started };
}

function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

test('no more are on their way than may be', async () => {
  const flight = openFlight(2);
  const [first, second, third] = [job(), job(), job()];
  await flight.add(first.store);
  await flight.add(second.store);
  const added = flight.add(third.store);
  expect([first, second, third].map((one) => one.hasStarted())).toEqual([true, true, false]);
  second.resolve();
  await added;
  expect(third.hasStarted()).toBe(true);
  first.resolve();
  third.resolve();
  await flight.landed();
});

test('after a failure nothing more begins, and it is told when the others have ended', async () => {
  const flight = openFlight(2);
  const [first, second, third] = [job(), job(), job()];
  await flight.add(first.store);
  await flight.add(second.store);
  const seen: string[] = [];
  const added = flight.add(third.store).catch((error: Error) => seen.push(error.message));
  first.reject(new Error('the disk is full'));
  const ended = flight.landed().catch((error: Error) => seen.push(error.message));
  await Promise.resolve();
  expect(seen).toEqual([]);
  second.resolve();
  await Promise.all([added, ended]);
  expect(seen).toContain('the disk is full');
  expect(third.hasStarted()).toBe(false);
  await flight.landed();
});

test('large entries are read in smaller numbers', () => {
  expect(nextCount(0, 0, 1000)).toBe(122);
  expect(nextCount(2, 500, 1000)).toBe(1000);
  expect(nextCount(1, 80_000, 1000)).toBe(100);
  expect(nextCount(1, 20_000_000, 1000)).toBe(1);
});
