/** An image whose own init has to be the first process of its container. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run, STACKCTL } from '../support/cli.ts';
import { ok, openPlace } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

const DOCKERFILE = `FROM stackctl-test/node:20
RUN printf '#!/bin/sh\\n[ $$ = 1 ] || { echo can only run as pid 1; exit 100; }\\ntrap "exit 0" TERM; echo first; sleep infinity & wait\\n' > /init && chmod 755 /init
ENTRYPOINT ["/init"]
`;

test('docker: a service of a Compose file that only has such an image comes up', async (context) => {
  requireRuntime(context, 'docker');
  await using place = await openPlace(STACKCTL, 'project', 'docker');
  const image = `own-init-${randomBytes(4).toString('hex')}`;
  await writeFile(join(place.folder, 'Dockerfile'), DOCKERFILE);
  await writeFile(join(place.folder, 'compose.yaml'), `services:\n  page:\n    image: ${image}\n`);
  expect(await run('docker', ['build', '--tag', image, place.folder])).toMatchObject({ code: 0 });
  try {
    ok(await place.json(['init', '--from', 'compose.yaml']));
    expect(ok(await place.json(['up', '--runtime', 'docker'])).data).toMatchObject({ healthy: true });
    expect((await place.run(['logs', 'page'])).out).toContain('first');
    ok(await place.json(['down', '--volumes', '--yes']));
  } finally {
    await run('docker', ['image', 'rm', '--force', image]);
  }
});
