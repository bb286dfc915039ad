import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { composeFileValue, composeValue, dotenvValue, recipeWord, shellWord } from '../../../src/lib/quote.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { openProject } from '../../../src/project/open.ts';
import { render } from '../../../src/render/render.ts';
import { writeRendered } from '../../../src/render/write.ts';
import { environmentOf } from '../../../src/stack/derived/environment.ts';
import {
  composeConfig,
  composeReader,
  envFileReader,
  makeArguments,
  nodeReader,
  shellReader,
} from '../../support/env-readers.ts';
import { NASTY_LINES, NASTY_TEXTS, WITH_RETURNS } from '../../support/nasty-texts.ts';
import { canRun } from '../../support/need.ts';
import { requireCompose } from '../../support/require.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

/** What is written for another reader is read as it was meant by that reader itself, and nothing in it is run. */

const ALL = [...NASTY_TEXTS, ...WITH_RETURNS];

const SHELLS: readonly (readonly [string, ...string[]])[] = [['sh'], ['bash', '--posix'], ['bash'], ['busybox', 'sh']];

/** What a reader makes of every text that has a spelling. Fails when something in a text was run. */
async function expectExact(
  spell: (text: string) => string | undefined,
  read: ReturnType<typeof shellReader>,
  prefix = '',
): Promise<number> {
  await using folder = await folderOf({});
  const known = ALL.flatMap((text) => {
    const spelled = spell(text);
    return spelled === undefined ? [] : [{ text, spelled }];
  });
  const names = known.map((_, index) => `V${index}`);
  const file = known.map(({ spelled }, index) => `${prefix}V${index}=${spelled}\n`).join('');
  expect(await read(folder.path, file, names)).toEqual(known.map(({ text }) => text));
  expect(existsSync(join(folder.path, 'canary'))).toBe(false);
  return known.length;
}

describe.each(SHELLS.map((shell) => ({ shell, title: shell.join(' ') })))('$title', ({ shell }) => {
  test.runIf(canRun(shell[0]))('reads what is written for a shell, for Compose and for every reader', async () => {
    expect(await expectExact(shellWord, shellReader(shell), 'export ')).toBe(ALL.length);
    expect(await expectExact(composeValue, shellReader(shell))).toBeGreaterThan(ALL.length * 0.9);
    await expectExact(dotenvValue, shellReader(shell));
  });
});

test('node --env-file reads what is written for every reader', async () => {
  expect(await expectExact(dotenvValue, nodeReader)).toBeGreaterThan(ALL.length * 0.6);
});

test('Compose reads what is written for every reader, and more that is for it alone', async (context) => {
  requireCompose(context);
  for (const read of [composeReader, envFileReader]) {
    await expectExact(dotenvValue, read);
    await expectExact(composeValue, read);
  }
  expect(await expectExact(composeFileValue, envFileReader)).toBe(ALL.length);
});

test.runIf(canRun('make'))('make hands to a program what is written for a recipe', async () => {
  await using folder = await folderOf({});
  const words = NASTY_LINES.map((text) => recipeWord(text) ?? '');
  expect(await makeArguments(folder.path, words)).toEqual(NASTY_LINES);
  expect(existsSync(join(folder.path, 'canary'))).toBe(false);
});

const STACK = `stack: nasty
description: Values of every kind
values:
  text: {type: string, default: "", description: Text}
  hush: {type: secret, default: "", description: Secret}
services:
  one:
    kind: app
    image: none
    command: [sh, -c, "echo $HOME $$"]
    environment:
`;

test('Compose gives a program what its variables, its command and its labels say', async (context) => {
  requireCompose(context);
  // References to values and services are filled in before.
  const texts = NASTY_TEXTS.filter((text) => !text.includes('{{'));
  const line = `$HOME $\{X} $$ \\ "' #%ä😀 `;
  await using folder = await folderOf({
    'stack.yaml': [
      STACK,
      ...texts.map((text, index) => `      V${index}: ${JSON.stringify(text)}\n`),
      '      PLAIN: "<{{text}}>"\n      SECRET: "<{{hush}}>"\n',
      '    compose: { labels: { filled: "{{text}}" } }\n',
    ].join(''),
  });
  const project = await openProject({
    cwd: folder.path,
    env: {},
    global: { project: undefined, runtime: undefined, set: [`text=${line}`, `hush=${line}\`it`], values: [] },
    stackRef: folder.path,
    templatesFolder: folder.path,
    need: 'any',
  });
  const stack = project.resolve('docker');
  await writeRendered(folder.path, render(stack).files, { prune: false });
  await writeFile(join(folder.path, '.env'), '');
  const { environment, labels, command } = (await composeConfig(folder.path)).one ?? {};
  expect(texts.map((_, index) => environment?.[`V${index}`])).toEqual(texts);
  expect([environment?.PLAIN, environment?.SECRET]).toEqual([`<${line}>`, `<${line}\`it>`]);
  expect(labels?.filled).toBe(line);
  expect(command).toEqual(['sh', '-c', 'echo $HOME $$']);
  // What a local process is given is the same.
  const [service] = project.resolve('process').services;
  if (service === undefined) throw new Error('no service');
  const local = environmentOf(project.resolve('process'), service, service.instances[0], 'peer');
  const plain = [...local].map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value] as const);
  expect(Object.fromEntries(plain)).toMatchObject({ V0: '', PLAIN: `<${line}>`, SECRET: `<${line}\`it>` });
});
