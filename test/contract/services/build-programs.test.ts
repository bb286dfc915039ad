import process from 'node:process';
import { expect, test } from 'vitest';
import { buildPrograms, programsToBuild } from '../../../src/lifecycle/build-programs.ts';
import { folderOf } from '../../support/stack-fixtures.ts';
import { patience } from '../../support/wait-for.ts';

async function build(script: string, more: Readonly<Record<string, string>> = {}) {
  await using folder = await folderOf({ 'package.json': JSON.stringify({ scripts: { build: script } }), ...more });
  await buildPrograms([{ service: 'app', folder: folder.path }], {
    env: process.env,
    emit: () => undefined,
    signal: patience(),
  });
}

test('the build of a program finds the bundler of the service kit, wherever its folder lies', async () => {
  await build('stackctl-service-kit build && test -f dist/main.mjs', { 'src/main.ts': 'console.log(1)' });
});

test.each([
  ['echo line one; echo line two >&2; exit 3', 'app could not be built:\n  | line', / && npm run build$/],
  ['a-tool-that-is-not-installed', 'a-tool-that-is-not-installed: not found', / && npm install$/],
  ['stackctl-service-kit build', 'there is no src/main.ts in ', / && npm run build$/],
])('%s: E_BUILD_FAILED with what it printed, and what to do', async (script, message, hint) => {
  await expect(build(script)).rejects.toMatchObject({
    code: 'E_BUILD_FAILED',
    message: expect.stringContaining(message),
    hint: expect.stringMatching(hint),
  });
});

test('a program of the kit that was never built is built without being asked for', async () => {
  const manifest = (script: string) => JSON.stringify({ scripts: { build: script } });
  await using folder = await folderOf({
    'never/package.json': manifest('stackctl-service-kit build'),
    'once/package.json': manifest('stackctl-service-kit build'),
    'once/dist/main.mjs': '',
    'asked/package.json': manifest('make'),
    'other/package.json': manifest('make'),
    'none/main.py': '',
  });
  const programs = ['never', 'once', 'asked', 'other', 'none'].map((service) => ({
    service,
    folder: `${folder.path}/${service}`,
  }));
  const built = await programsToBuild(programs, new Set(['asked']));
  expect(built.map(({ service }) => service)).toEqual(['never', 'asked']);
});
