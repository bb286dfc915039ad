import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { render } from '../../src/render/render.ts';
import { builtInStack } from '../support/built-in-stack.ts';

interface Looked {
  readonly hashes: ReadonlyMap<string, string>;
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function look(name: string, counts: Readonly<Record<string, number>>): Promise<Looked> {
  const { files, hashes } = render(await builtInStack(name, { runtime: 'docker', decisions: { counts } }));
  const text = files.find(({ path }) => path === 'compose.yaml')?.text ?? '';
  return { hashes, services: (parse(text, { version: '1.1' }) as Pick<Looked, 'services'>).services };
}

test.each([
  ['event-tracking', 'redis'],
  ['event-tracking', 'backend'],
  ['analytics', 'redis'],
  ['analytics', 'ingester'],
  ['cache-api', 'opalmind-api'],
  ['email-timing', 'consumer'],
])('%s: more of %s is no reason to touch what runs', async (name, service) => {
  const [one, three] = [await look(name, {}), await look(name, { [service]: 3 })];
  expect(three.hashes.size).toBe(one.hashes.size + 2);
  for (const [instance, hash] of one.hashes) expect([instance, three.hashes.get(instance)]).toEqual([instance, hash]);
  for (const [key, before] of Object.entries(one.services)) {
    const { scale, ...after } = three.services[key] ?? {};
    expect(scale).toBe(key === 'backend' && service === 'backend' ? 3 : undefined);
    expect(after).toEqual(before);
  }
});
