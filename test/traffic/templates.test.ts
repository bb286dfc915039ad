import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { idsIn } from '../../src/stack/contract/event-id.ts';
import { applies } from '../../src/traffic/check-profile.ts';
import { digestOf } from '../../src/traffic/emit.ts';
import { loadProfile } from '../../src/traffic/load-profile.ts';
import { eventsOf } from '../../src/traffic/operations.ts';
import { planFor } from '../../src/traffic/plan-for.ts';
import { builtInNames, builtInStack } from '../support/built-in-stack.ts';

const TEMPLATES = fileURLToPath(new URL('../../templates', import.meta.url));

describe.each(builtInNames())('%s', (name) => {
  test('has traffic profiles without mistakes, each with a store that is proof, and one of them is meant without a name', async () => {
    const traffic = join(TEMPLATES, name, 'traffic');
    const stack = { ...(await builtInStack(name, { runtime: 'process' })), traffic };
    expect(await readFile(join(TEMPLATES, name, 'stack.yaml'), 'utf8')).toMatch(/^traffic: traffic$/m);
    const files = (await readdir(traffic)).filter((file) => file.endsWith('.yaml'));
    for (const file of [undefined, ...files]) {
      const { profile } = await loadProfile(stack, file?.replace('.yaml', ''), '/');
      const runId = 'a1b2c3d4-e5f6';
      const run = { seed: 1, runId, epochMs: Date.UTC(2026, 0, 1) };
      const plan = planFor(profile, stack);
      const events = eventsOf({ profile, plan, ...run }).of;
      for (const eventAt of events.filter((_, route) => plan.routes[route]?.hasBody)) {
        for (let sequence = 0; sequence < 150; sequence++) {
          const { id, body } = eventAt(sequence);
          const text = JSON.stringify(body);
          expect(new Set(idsIn(text, runId))).toEqual(new Set([id]));
          expect(text).not.toMatch(/undefined|NaN|\{\{/);
        }
      }
      expect(profile.stores.some(({ when }) => applies(when, stack))).toBe(true);
    }
  });
});

/** Stack and profile -> SHA-256 of its first events. Written with `UPDATE_GOLDEN=1`. */
const GOLDEN = fileURLToPath(new URL('digests.json', import.meta.url));

test('the events of a seed are those of before, to the last byte', async () => {
  const digests: Record<string, string> = {};
  for (const name of builtInNames()) {
    const traffic = join(TEMPLATES, name, 'traffic');
    const stack = { ...(await builtInStack(name, { runtime: 'process' })), traffic };
    for (const file of (await readdir(traffic)).toSorted()) {
      const { profile } = await loadProfile(stack, file.replace('.yaml', ''), '/');
      digests[`${name} ${file.replace('.yaml', '')}`] = digestOf({
        profile,
        stack,
        seed: 7,
        count: 1000,
        epochMs: undefined,
      });
    }
  }
  if (process.env.UPDATE_GOLDEN === '1') await writeFile(GOLDEN, `${JSON.stringify(digests, null, 2)}\n`);
  expect(digests).toEqual(JSON.parse(await readFile(GOLDEN, 'utf8')));
});
