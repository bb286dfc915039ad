/** The images that were built for a project, and their end. Needs an Engine; what is built has nothing in it. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findEngine } from '../../../src/runtimes/docker/engine/find-engine.ts';
import { removeImages } from '../../../src/runtimes/docker/images/remove.ts';
import { LABELS } from '../../../src/stack/derived/labels.ts';
import { run } from '../../support/cli.ts';
import { requireRuntime } from '../../support/require.ts';
import { folderOf } from '../../support/stack-fixtures.ts';

test('an image that two services have in common goes with both names', async (context) => {
  requireRuntime(context, 'docker');
  const id = `images-test-${process.pid}`;
  const engine = await findEngine(process.env);
  try {
    for (let round = 0; round < 10; round++) {
      await using folder = await folderOf({ Dockerfile: 'FROM scratch\nCOPY it .\n', it: `${round}` });
      const names = ['orders', 'worker', 'third'].map((service) => `stackctl/${id}-${service}`);
      const tags = names.flatMap((name) => ['--tag', name]);
      const args = ['build', '--quiet', '--label', `${LABELS.project}=${id}`, ...tags, join(folder.path)];
      expect(await run('docker', args, { env: { ...process.env, DOCKER_BUILDKIT: '0' } })).toMatchObject({ code: 0 });
      expect(await removeImages(engine, id)).toEqual({ removed: names.toSorted(), warnings: [] });
      expect(await engine.reader.listImages({ label: [`${LABELS.project}=${id}`] })).toEqual([]);
    }
  } finally {
    engine.close();
  }
});
