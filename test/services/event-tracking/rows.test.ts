import { expect, test } from 'vitest';
import { EventIndex } from '../../../templates/event-tracking/services/backend/src/figures/event-index.ts';
import { Rows } from '../../../templates/event-tracking/services/backend/src/figures/rows.ts';

/** What is left of the memory when events come and go. */
const binsOf = (rows: Rows): number => (Reflect.get(rows, 'bins') as readonly unknown[]).length;

test('bins that have become empty are gone, however many events have come and gone', () => {
  const rows = new Rows();
  const kept = 5000;
  let most = 0;
  for (let time = 0; time < 100_000; time++) {
    rows.add(time, 20);
    if (time >= kept) rows.remove(time - kept, 20);
    most = Math.max(most, binsOf(rows));
  }
  expect(rows.count(0)).toBe(kept);
  expect(rows.percentile(50, 0)).toBe(20);
  expect(most).toBeLessThan(60);
});

test('a tenant without events is gone', () => {
  const index = new EventIndex();
  for (let tenant = 0; tenant < 1000; tenant++) {
    const event = { tenantId: `t-${tenant}`, time: tenant, latencyMs: 5, failed: tenant % 2 === 0 };
    index.add(event);
    index.remove(event);
  }
  expect([index.size, (Reflect.get(index, 'tenants') as Map<string, unknown>).size]).toEqual([0, 0]);
});
