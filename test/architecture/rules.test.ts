/** Each rule finds what it is there for. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { circlesIn } from './circles.ts';
import { processViolations, stepViolations } from './house-rules.ts';
import { importViolations, unknownModules } from './import-table.ts';
import { libraryViolations, startUpViolations } from './libraries.ts';
import { type Edge, type Program, readProgram } from './program.ts';
import { roomViolations, unknownRooms } from './rooms.ts';
import { sizeViolations } from './sizes.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function programOf(files: Readonly<Record<string, string>>): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-architecture-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return readProgram(folder);
}

/** Just the imports: `a.ts -> b.ts` or `a.ts -> b.ts (type)`. */
function importsOf(...lines: readonly string[]): Program {
  const edges = lines.map((line) => {
    const [, from = '', to = '', how = 'import'] = /^(\S+) -> (\S+)(?: \((\w+)\))?$/.exec(line) ?? [];
    return { from, to, how: how as Edge['how'] };
  });
  return {
    edges,
    packages: [],
    sources: new Map(edges.flatMap(({ from, to }) => [from, to].map((file) => [file, '']))),
  };
}

test.each([
  ['plain', 'health/a.ts', `export * from '../kinds/redis/b.ts'`, 'kinds/redis/b.ts', ''],
  ['lazy', 'lib/a.ts', `export const a = () => import('../stack/b.ts')`, 'stack/b.ts', ' (lazy)'],
  ['of a type', 'stack/a.ts', `import type { B } from '../render/b.ts'`, 'render/b.ts', ' (type)'],
  ['of a type among values', 'stack/a.ts', `import { type B } from '../render/b.ts'`, 'render/b.ts', ' (type)'],
  [
    'by a pattern',
    'health/a.ts',
    `export const a = (n: string) => import(\`../kinds/\${n}/i.ts\`)`,
    'kinds/**/*/i.ts',
    ' (glob)',
  ],
])('an import that is %s is read from the sources', async (_how, from, text, to, how) => {
  const program = await programOf({
    [from]: text,
    [to.replace('**/*', 'redis')]: 'export type B = 1; export const b = 1',
  });
  expect(importViolations(program)).toEqual([`${from} -> ${to}${how}`]);
});

test.each([
  ['a kind in a kind', 'kinds/redis/x.ts -> kinds/kafka/y.ts'],
  ['a kind in a shared half', 'kinds/_shared/redis/x.ts -> kinds/kafka/y.ts'],
  ['a shared half in another one', 'kinds/_shared/redis/x.ts -> kinds/_shared/postgres/y.ts'],
  ['a runtime in a kind', 'kinds/redis/a.ts -> runtimes/docker/b.ts'],
  ['a program in a program', 'programs/supervisor/a.ts -> programs/clickhouse-front/b.ts'],
  ['a program in a runtime', 'runtimes/process/a.ts -> programs/s/b.ts'],
  ['a program in its protocol', 'programs/s/protocol/a.ts -> programs/s/b.ts'],
  ['a kind in a program', 'programs/s/a.ts -> kinds/clickhouse/b.ts'],
  ['a kind in how its SQL is read', 'kinds/clickhouse/sql/a.ts -> kinds/clickhouse/b.ts'],
  ['a feature in output', 'output/a.ts -> failover/b.ts'],
  ['a verb in the library', 'api/a.ts -> commands/up.ts'],
  ['the command line in the library', 'api/a.ts -> commands/line/b.ts'],
])('%s is not allowed', (_what, line) => {
  expect(importViolations(importsOf(line))).toEqual([line]);
});

test.each([
  ['a shared half in a kind', 'kinds/redis/x.ts -> kinds/_shared/redis/y.ts'],
  ['how a kind reads its SQL, in a program', 'programs/s/a.ts -> kinds/clickhouse/sql/b.ts'],
  ['what verbs do on a project, in the library', 'api/a.ts -> commands/session/b.ts'],
  ['the protocol of a program in a runtime', 'runtimes/process/a.ts -> programs/s/protocol/b.ts'],
  ['a type of a feature in output', 'output/a.ts -> failover/b.ts (type)'],
])('%s is allowed', (_what, line) => {
  expect(importViolations(importsOf(line))).toEqual([]);
});

test('a folder that is in no table is named', () => {
  const program = importsOf('prove/a.ts -> prove/b.ts', 'stack/moved/a.ts -> stack/moved/b.ts');
  expect(unknownModules(program)).toEqual(['prove']);
  expect(unknownRooms(program)).toEqual(['stack/moved']);
});

test.each([
  ['a later room', 'stack/contract/a.ts -> stack/load/b.ts (type)'],
  ['a verb, from what all verbs share', 'commands/session/a.ts -> commands/up.ts'],
  ['a verb, from a verb', 'commands/line/parse.ts -> commands/up.ts'],
  ['the whole of doctor, from a check', 'doctor/checks/a.ts -> doctor/doctor.ts'],
  ['a room beside it', 'runtimes/docker/logs/a.ts -> runtimes/docker/network/b.ts'],
])('%s is not allowed in a room', (_what, line) => {
  expect(roomViolations(importsOf(line))).toEqual([line]);
});

test('an earlier room is allowed, and so is the table of verbs', () => {
  const lines = ['stack/load/a.ts -> stack/source/b.ts', 'commands/line/table.ts -> commands/up.ts (lazy)'];
  expect(roomViolations(importsOf(...lines))).toEqual([]);
});

test('a circle is found, whatever it is made of', () => {
  const program = importsOf(
    'lib/a.ts -> lib/b.ts',
    'lib/b.ts -> lib/c.ts (type)',
    'lib/c.ts -> lib/a.ts (lazy)',
    'lib/d.ts -> lib/a.ts',
    'health/a.ts -> health/b.ts (type)',
    'health/b.ts -> health/a.ts (type)',
  );
  expect(circlesIn(program)).toEqual([
    ['health/a.ts', 'health/b.ts'],
    ['lib/a.ts', 'lib/b.ts', 'lib/c.ts'],
  ]);
});

test('the pair of kind and model, and the table of verbs, make no circle', () => {
  const program = importsOf(
    'stack/contract/kind.ts -> stack/contract/model.ts (type)',
    'stack/contract/model.ts -> stack/contract/kind.ts (type)',
    'commands/line/table.ts -> commands/completion/complete.ts (lazy)',
    'commands/completion/complete.ts -> commands/line/table.ts',
  );
  expect(circlesIn(program)).toEqual([]);
});

test('a library, the environment and a step are found where they do not belong', async () => {
  const program = await programOf({
    'start.ts': `import './stack/a.ts'`,
    'stack/a.ts': `import 'dockerode'; export const a = process.env.HOME`,
    'render/c.ts': `export const c = { type: 'step', id: 'c', state: 'start' }`,
  });
  expect(libraryViolations(program)).toEqual(['stack/a.ts loads dockerode']);
  expect(startUpViolations(program)).toEqual(['start.ts loads dockerode']);
  expect(processViolations(program)).toEqual(['stack/a.ts uses process.env']);
  expect(stepViolations(program)).toEqual(['render/c.ts emits a step by hand']);
});

test('a long file and a long function are found, with the lines of their text', () => {
  const lines = (count: number): string => '  more();\n'.repeat(count);
  const files = {
    'src/short.ts': `function short(): void {\n${lines(58)}}\n`,
    'src/function.ts': `export const it = {\n  long: (more: () => void): void => {\n${lines(59)}  },\n};\n`,
    'src/nested.ts': `function outer(): void {\n  function inner(): void {\n${lines(60)}  }\n}\n`,
    'src/text.ts': `function text(): void {\n${lines(30)}  say(\`\nat the margin\n\`);\n${lines(30)}}\n`,
    'src/wrapped.ts': `function wrapped(\n  one: string,\n  two: string,\n): void {\n${lines(58)}}\n`,
    'bin/file.js': 'more();\n'.repeat(201),
    'bin/start.sh': 'more\n'.repeat(200),
  };
  const sources = Object.entries(files).map(([file, text]) => ({ file, text }));
  expect(sizeViolations(sources)).toEqual([
    { what: 'src/function.ts: long', lines: 61 },
    { what: 'src/nested.ts: outer', lines: 64 },
    { what: 'src/nested.ts: inner', lines: 62 },
    { what: 'src/text.ts: text', lines: 65 },
    { what: 'src/wrapped.ts: wrapped', lines: 63 },
    { what: 'bin/file.js', lines: 201 },
  ]);
});
