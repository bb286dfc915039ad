import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ZodType, z } from 'zod';
import { StackctlError } from '../../src/errors.ts';
import { POSTGRES_SQL } from '../../src/kinds/_shared/postgres/sql/dialect.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { PluginSource } from '../../src/stack/contract/plugins.ts';
import { secretOption } from '../../src/stack/values/secret-option.ts';

/** A folder with these files, removed when the test is over (`await using`). */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<{
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'stackctl-test-')));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A kind that is nothing but its options and ports. */
export function kindOf(name: string, options: ZodType, ports: Kind['ports']): Kind {
  return {
    name,
    description: '',
    options,
    ports,
    defaultImage: `${name}:1`,
    binaries: [],
    variables: () => ({}),
    files: () => [],
    container: () => ({ entrypoint: [], command: [], volumes: {}, healthcheck: [], stopGraceS: 1 }),
    process: () => ({ argv: ['true'], environment: {}, stopGraceS: 1 }),
    probe: async () => ({ role: undefined, reasons: [], facts: {} }),
  };
}

/** Nobody asks these in a test of what is wanted. */
const ARBITER: NonNullable<Kind['arbiter']> = {
  groupName: () => 'group',
  password: () => undefined,
  askPrimary: async () => ({ primary: undefined, isComplete: false }),
  probedPrimary: () => ({ primary: undefined, isComplete: false }),
  stateFile: 'state',
  parseState: () => undefined,
  forget: async () => undefined,
  handOver: async () => ({
    mode: 'express',
    from: 'store-2',
    primary: { instance: 'store-1', epoch: 1 },
    leftOut: [],
    steps: {},
    resyncs: undefined,
  }),
};
const MIGRATOR: NonNullable<Kind['migrator']> = {
  requirements: [],
  sql: POSTGRES_SQL,
  connect: async () => {
    throw new Error('no server in this test');
  },
};

const KINDS: readonly Kind[] = [
  {
    ...kindOf(
      'store',
      z.strictObject({
        size: z.number().int().min(1).default(1),
        mode: z.enum(['fast', 'safe']).default('safe'),
        password: secretOption().optional(),
      }),
      [{ name: 'main', inside: 7000 }],
    ),
    volumes: ['data'],
    replicated: { password: () => undefined },
    migrator: MIGRATOR,
  },
  {
    ...kindOf('watcher', z.object({ quorum: z.number().int().min(1) }), [
      { name: 'main', inside: 7100 },
      { name: 'admin', inside: 7200 },
    ]),
    arbiter: ARBITER,
  },
  {
    ...kindOf('program', z.strictObject({}), [{ name: 'http', inside: 8080 }]),
    runsStackPrograms: true,
    container: ({ instance }) => ({
      entrypoint: [],
      command: [],
      envFile: 'program.env',
      volumes: {},
      healthcheck: [],
      healthcheckEveryS: 10,
      stopSignal: 'SIGINT',
      stopGraceS: instance.index,
    }),
  },
];

export const testPlugins: PluginSource = {
  kindNames: () => KINDS.map(({ name }) => name),
  runtimeNames: () => ['docker', 'process'],
  loadKind: async (name) => {
    const kind = KINDS.find((candidate) => candidate.name === name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    return kind;
  },
  loadRuntime: async (name) => {
    throw new Error(`no runtime ${name} in this test`);
  },
};

export const STACK_YAML = `stack: pair
description: Two stores and a watcher
values:
  storePort: {type: port, default: 7000, description: First port}
  size: {type: integer, default: 2, min: 1, description: Size}
  quorum: {type: integer, default: 1, description: Quorum}
  mode: {type: string, default: safe, choices: [fast, safe], description: Mode}
  password: {type: secret, default: "", description: Password}
  image: {type: image, default: "store:2", description: Image}
network: pair-net
services:
  store:
    kind: store
    instances: 2
    image: "{{image}}"
    ports: {main: "{{storePort}}"}
    config: {store.conf: config/store.conf.tmpl}
    options: {size: "{{size}}", mode: "{{mode}}", password: "{{password}}"}
  watcher:
    kind: watcher
    monitors: store
    dependsOn: [store]
    options: {quorum: "{{quorum}}"}
`;

/** A store, a program that the stack brings along, and one in front of it. */
export const PROGRAM_STACK_YAML = `stack: shop
description: A program, its store, and a front
values:
  password: {type: secret, default: "s3cret", description: Password}
  base: {type: image, default: "node:22", description: Base image}
services:
  store: {kind: store, ports: {main: 7000}}
  api:
    kind: program
    instances: 2
    ports: {http: 3100}
    build: {context: services/api, args: {NODE_IMAGE: "{{base}}"}}
    command: [node, dist/main.mjs]
    environment:
      STORE_URL: store://x:{{password}}@{{store.address}}
      STORE_PORT: {value: "{{ store.port.main }}", description: Port of the store}
      FRONT: "{{api.host}}:{{api.port}}"
      PEERS: "{{api.addresses}}"
    through: front
  front: {kind: program, ports: {http: 3000}, image: "{{base}}", command: [node, front.mjs]}
migrations: {store: migrations}
`;

export const PROGRAM_STACK_FILES = {
  'stack.yaml': PROGRAM_STACK_YAML,
  'services/api/Dockerfile': 'FROM scratch\n',
  'services/api/dist/main.mjs': '// 1\n',
  'migrations/0002_b.sql': 'select 2;\n',
  'migrations/0001_a.sql': 'select 1;\n',
  'migrations/README.md': 'not one\n',
};

export const STACK_FILES = { 'stack.yaml': STACK_YAML, 'config/store.conf.tmpl': 'size {{size}}\n' };

/** The StackctlError that a promise rejects with. */
export async function errorOf(promise: Promise<unknown>): Promise<StackctlError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof StackctlError) return outcome;
  throw new Error(`expected a StackctlError, got ${outcome}`);
}
