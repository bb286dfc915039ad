/** Which keys of a service which kinds take: found out by loading a stack of each. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { StackctlError } from '../../src/errors.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import { loadKind } from '../../src/stack/contract/plugins.ts';
import type { ServiceSpec } from '../../src/stack/load/spec.ts';
import { EXAMPLE_SERVICE, writeExample } from './kinds-under-test.ts';
import { ownStack } from './own-stack.ts';
import { folderOf } from './stack-fixtures.ts';

export type ServiceKey = Exclude<keyof ServiceSpec, 'kind'>;

/** Where a key has an effect: a key that the schema has and this table has not is a mistake of types. */
export const EFFECT: Readonly<Record<ServiceKey, string>> = {
  instances: 'everywhere',
  image: 'in containers',
  ports: 'everywhere; a number inside only in containers',
  dependsOn: 'everywhere',
  monitors: 'everywhere',
  primaryFrom: 'everywhere',
  config: 'everywhere',
  options: 'everywhere',
  compose: 'in containers',
  volumes: 'everywhere; the name of a Docker volume only in containers',
  build: 'everywhere; its arguments, Dockerfile and stage only in containers',
  command: 'everywhere, or on the runtimes that it names',
  environment: 'everywhere',
  envFile: 'everywhere',
  through: 'everywhere',
};

/** A value of the key that is right for kinds that take it. */
function sampleOf(key: ServiceKey, kind: Kind): unknown {
  const samples: Readonly<Record<ServiceKey, unknown>> = {
    instances: 1,
    image: 'busybox:1',
    ports: { [kind.ports[0]?.name ?? 'http']: 18_080 },
    dependsOn: ['front'],
    monitors: 'front',
    primaryFrom: 'watch',
    config: { 'x.conf': 'x.conf' },
    options: {},
    compose: { mem_limit: '1g' },
    volumes: kind.runsStackPrograms === true ? { data: '/data' } : { [kind.volumes?.[0] ?? 'data']: 'its-data' },
    build: 'x',
    command: ['node', 'x.mjs'],
    environment: { WORD: 'x' },
    envFile: 'x.env',
    through: 'front',
  };
  return samples[key];
}

type Services = Record<string, Record<string, unknown>>;

/** Whether a stack whose service of this kind has the key loads and is resolved. @throws for an example that does not, without the key. */
export async function takes(kindName: string, key: ServiceKey): Promise<boolean> {
  const kind = await loadKind(kindName);
  const given = (services: Services): Services => {
    const { volumes, ...rest } = services[EXAMPLE_SERVICE] ?? {};
    // Replicas have no volume.
    const own = volumes === undefined || key === 'through' ? rest : { ...rest, volumes };
    // The example shows it, where only some values are right.
    const service = key in own ? own : { ...own, [key]: sampleOf(key, kind) };
    const watch = key === 'primaryFrom' ? { watch: { kind: 'sentinel', instances: 3, monitors: EXAMPLE_SERVICE } } : {};
    return { ...services, [EXAMPLE_SERVICE]: service, ...watch };
  };
  const plain = await problemsOf(kindName, (services) => services);
  if (plain !== undefined) throw new Error(`the example of ${kindName}: ${plain}`);
  return (await problemsOf(kindName, given)) === undefined;
}

async function problemsOf(kind: string, change: (services: Services) => Services): Promise<string | undefined> {
  await using folder = await folderOf({ 'x.conf': '', 'x.env': '' });
  await writeExample(kind, folder.path);
  await mkdir(join(folder.path, 'x'));
  await writeFile(join(folder.path, 'x/Dockerfile'), 'FROM scratch\n');
  const file = join(folder.path, 'stack.yaml');
  const stack = parse(await readFile(file, 'utf8')) as { services: Services };
  const front = { kind: 'app', image: 'node:22', command: ['node', 'x.mjs'], ports: { http: 18_000 } };
  await writeFile(file, stringify({ ...stack, services: change({ ...stack.services, front }) }));
  try {
    await ownStack(folder.path, 'docker');
    return undefined;
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return error.message;
  }
}
