import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeFileAtomic } from '../../../src/lib/files.ts';
import { render } from '../../../src/render/render.ts';
import { buildContent } from '../../../src/stack/derived/build-content.ts';
import { ownStack } from '../../support/own-stack.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function stackWith(build: string) {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-build-'));
  folders.push(folder);
  const api = `  api: {kind: app, command: [node, main.mjs], build: ${build}}`;
  await writeFileAtomic(join(folder, 'stack.yaml'), `stack: mine\ndescription: Mine\nservices:\n${api}\n`);
  await writeFileAtomic(join(folder, 'api/main.mjs'), '');
  return ownStack(folder, 'docker');
}

test('an image may be built of another file than Dockerfile, and of a stage of it', async () => {
  const stack = await stackWith('{context: api, dockerfile: docker/api.Dockerfile, target: dev}');
  const compose = render(stack).files.find(({ path }) => path === 'compose.yaml')?.text ?? '';
  const { services } = parse(compose) as { services: Record<string, { build: unknown }> };
  expect(services.api?.build ?? services['api-1']?.build).toMatchObject({
    context: join(stack.folder, 'api'),
    dockerfile: 'docker/api.Dockerfile',
    target: 'dev',
  });
});

test('another file or stage is a reason to build again; none is what it was', async () => {
  const contents = await Promise.all(
    ['api', '{context: api}', '{context: api, target: dev}', '{context: api, dockerfile: other}'].map(async (build) => {
      const [api] = (await stackWith(build)).services;
      return api?.build && buildContent(api.build);
    }),
  );
  expect(contents[0]).toBe(contents[1]);
  expect(new Set(contents).size).toBe(3);
});
