/** A volume that several services of a Compose file have, as the Engine keeps it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, STACKCTL } from '../support/cli.ts';
import { ok, openPlace } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

const COMPOSE = `services:
  site:
    build: ./site
    command: [sh, -c, "echo made > /site/made; exec sleep infinity"]
    volumes: [pages:/site]
  front:
    image: stackctl-test/node:20
    command: [sleep, infinity]
    volumes: ["pages:/pages:ro"]
volumes: {pages: {}}
`;

/** What it has in the folder is its user's, and is in the volume from the first start. */
const DOCKERFILE = `FROM stackctl-test/node:20
RUN mkdir /site && echo from-the-image > /site/index && chown -R node:node /site
USER node
`;

test('docker: services share it, the first one brings what its image has there, and down --volumes deletes it', async (context) => {
  requireRuntime(context, 'docker');
  await using place = await openPlace(STACKCTL, 'project', 'docker');
  await mkdir(join(place.folder, 'site'));
  await writeFile(join(place.folder, 'compose.yaml'), COMPOSE);
  await writeFile(join(place.folder, 'site/Dockerfile'), DOCKERFILE);
  ok(await place.json(['init', '--from', 'compose.yaml']));
  ok(await place.json(['up', '--runtime', 'docker']));

  const seen = await waitFor('what the other service wrote', async () => {
    const { out } = await place.run(['exec', 'front', '--', 'sh', '-c', 'cat /pages/index /pages/made']);
    return out.includes('made') ? out.trim().split('\n') : undefined;
  });
  expect(seen).toEqual(['from-the-image', 'made']);

  const { id } = JSON.parse(await readFile(place.paths.record, 'utf8'));
  const ofProject = ['--filter', `label=dev.stackctl.project=${id}`];
  const volumes = async () => (await run('docker', ['volume', 'ls', '-q', ...ofProject])).out.trim();
  expect(await volumes()).toBe(`${id}_pages`);
  ok(await place.json(['down', '--volumes', '--yes']));
  expect(await volumes()).toBe('');
});
