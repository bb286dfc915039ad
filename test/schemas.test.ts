import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { kindNames, loadKind } from '../src/stack/contract/plugins.ts';
import { ROOT } from './support/cli.ts';
import { configJsonSchema, type JsonSchema, stackSchema, trafficSchema } from './support/json-schemas.ts';

/** For editors, which complete and check a file while it is written. Written with `UPDATE_GOLDEN=1`. */
test.each([
  ['stack', async () => stackSchema(await readFile(join(ROOT, 'docs/stack.yaml'), 'utf8'), await kinds())],
  ['config', async () => configJsonSchema()],
  ['traffic', async () => trafficSchema()],
] satisfies [string, () => Promise<JsonSchema>][])(
  'docs/schemas/%s.schema.json is what is checked',
  async (name, make) => {
    const file = join(ROOT, `docs/schemas/${name}.schema.json`);
    const text = `${JSON.stringify(await make(), null, 2)}\n`;
    if (process.env.UPDATE_GOLDEN === '1') await writeFile(file, text);
    expect(text === (await readFile(file, 'utf8')), `${file} is out of date. Run: npm run docs`).toBe(true);
  },
);

async function kinds() {
  return Promise.all(kindNames().map(loadKind));
}

function filesIn(folder: string, pattern: RegExp): readonly string[] {
  const found = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return found.filter((file) => pattern.test(file)).map((file) => join(folder, file));
}

const files = new Ajv({ strict: false, allErrors: true });

async function validatorOf(name: string): Promise<(file: unknown) => readonly string[]> {
  const schema = JSON.parse(await readFile(join(ROOT, `docs/schemas/${name}.schema.json`), 'utf8')) as object;
  const validate = files.compile(schema);
  return (file) =>
    validate(file) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

test('every stack that ships fits into the schema of stack.yaml, and so does the example of every kind', async () => {
  const problemsIn = await validatorOf('stack');
  const found = [
    'docs/stack.yaml',
    'examples/starter/stack.yaml',
    ...filesIn('templates', /^[\w-]+\/stack\.yaml$/),
    ...filesIn('src/kinds', /\/example\/stack\.yaml$/),
  ];
  expect(found.length).toBeGreaterThan(6);
  for (const file of found) expect(problemsIn(parse(await readFile(join(ROOT, file), 'utf8'))), file).toEqual([]);
});

test('every profile that ships fits into the schema of profiles', async () => {
  const problemsIn = await validatorOf('traffic');
  const found = ['examples/starter/traffic/orders.yaml', ...filesIn('templates', /^[\w-]+\/traffic\/[\w-]+\.yaml$/)];
  expect(found.length).toBeGreaterThan(6);
  for (const file of found) expect(problemsIn(parse(await readFile(join(ROOT, file), 'utf8'))), file).toEqual([]);
});

test.each([
  ['an option that the kind does not have', { kind: 'redis', options: { apendOnly: true } }],
  ['an option of another type', { kind: 'kafka', options: { heapMb: 'much' } }],
  ['a kind that is none', { kind: 'mongo' }],
  ['a key that is none', { kind: 'redis', depends_on: [] }],
])('it tells of %s', async (_what, service) => {
  const problemsIn = await validatorOf('stack');
  expect(problemsIn({ stack: 'mine', description: 'Mine', services: { it: service } })).not.toEqual([]);
});

test('where a number stands, a value of the stack may stand too', async () => {
  const problemsIn = await validatorOf('stack');
  const options = { quorum: '{{quorum}}', detection: '{{detection}}' };
  expect(problemsIn({ stack: 'mine', description: 'Mine', services: { it: { kind: 'sentinel', options } } })).toEqual(
    [],
  );
});
