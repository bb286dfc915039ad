/** How a run tells that a server was held up, from a real one that was. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Stack } from '../../../src/stack/contract/model.ts';
import { readProfile } from '../../../src/traffic/load-profile.ts';
import { seedTraffic } from '../../../src/traffic/seed-traffic.ts';
import { canRun } from '../../support/need.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { ask } from '../../support/redis-side.ts';
import { waitFor } from '../../support/wait-for.ts';

const PROFILE = `
profile: entries
description: Entries of a stream
send: { service: redis, batch: 100, inFlight: 4, settings: { stream: events } }
stores: [{ service: redis, settings: { stream: events } }]
body: { id: "{{id}}" }
`;

async function run({ input }: RedisServer, change: { readonly ratePerS: number | undefined; readonly count: number }) {
  const stack = { ...input.stack, services: [input.service], values: [] } as unknown as Stack;
  const { profile, refuse } = readProfile({ text: PROFILE, file: 'entries.yaml', stack });
  const { report } = await seedTraffic({
    ...{ stack, profile, refuse, seed: 1, epochMs: undefined, settleMs: undefined, clock: performance },
    ...{ date: () => new Date(), random: randomBytes, emit: () => undefined, signal: new AbortController().signal },
    ...change,
  });
  return report;
}

describe.skipIf(!canRun('redis-server'))('a server that stood still for 2 s', () => {
  const FROZEN_MS = 2000;

  async function freezeAfter(server: RedisServer, events: number): Promise<void> {
    await waitFor('events', async () => Number(await ask(server.endpoint, 'XLEN', 'events')) >= events);
    server.freeze();
    const frozenAt = performance.now();
    await waitFor('the end of it', () => performance.now() - frozenAt >= FROZEN_MS);
    server.thaw();
  }

  test('shows in the response times of an open loop: events went on being due', async () => {
    await using server = await startRedisServer();
    const running = run(server, { ratePerS: 1000, count: 6000 });
    await freezeAfter(server, 1000);
    const report = await running;
    expect(report).toMatchObject({ acked: 6000, verified: true, loop: 'open' });
    // 2,000 of 6,000 were due meanwhile: one of a hundred waited for 97 % of the time at least.
    expect(report.responseMs?.p99).toBeGreaterThanOrEqual(1900);
    // All but the batches that were on their way were sent after it, and answered at once.
    expect(report.serviceMs?.p90).toBeLessThan(1900);
  });

  test('is hidden by a closed loop, which sent nothing meanwhile, and says that it is one', async () => {
    await using server = await startRedisServer();
    const running = run(server, { ratePerS: undefined, count: 400_000 });
    await freezeAfter(server, 1000);
    const report = await running;
    expect(report).toMatchObject({ acked: 400_000, verified: true, loop: 'closed' });
    expect(report.serviceMs?.max).toBeGreaterThanOrEqual(1900);
    expect(report.serviceMs?.p99).toBeLessThan(1900);
  });
});
