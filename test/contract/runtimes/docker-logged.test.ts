/** Which lines of a container's log belong to the run that goes on. Needs an Engine and test/images. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectPaths } from '../../../src/project/paths.ts';
import { availability, open } from '../../../src/runtimes/docker/index.ts';
import type { Logged } from '../../../src/stack/contract/inside.ts';
import type { Runtime } from '../../../src/stack/contract/runtime.ts';
import { LABELS } from '../../../src/stack/derived/labels.ts';
import { waitFor } from '../../support/wait-for.ts';

const IMAGE = 'stackctl-test/redis:8';
const { available, reason } = await availability({ images: [IMAGE], binaries: [] }, process.env, { pull: false });
const required = (process.env.STACKCTL_REQUIRE ?? '').split(',').includes('docker');
if (!available) console.log(`skipped: the logs of containers, because ${reason}`);

/** Prints much and then a last line at its first run, and another one, once, at every other. */
const CHATTY = `if [ -e /tmp/ran ]; then echo again; exec sleep 1000; fi
touch /tmp/ran; seq 1 300000; echo last; exit 1`;

describe.skipIf(!available && !required)('docker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-logged-'));
  const id = `logged-test-${process.pid}`;
  let runtime: Runtime;

  beforeAll(async () => {
    runtime = await open({ projectId: id, paths: projectPaths(folder, 'logged'), env: process.env });
  });

  afterAll(async () => {
    await runtime.down({ volumes: true });
    await runtime.close();
    rmSync(folder, { recursive: true });
  });

  function run(instance: string, script: string): void {
    const labels = { [LABELS.project]: id, [LABELS.service]: instance, [LABELS.instance]: instance };
    const flags = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
    const name = `${id}-${instance}`;
    docker(
      'run',
      '--detach',
      '--restart',
      'unless-stopped',
      '--name',
      name,
      ...flags,
      '--entrypoint',
      'sh',
      IMAGE,
      '-c',
      script,
    );
  }

  const asked = (instance: string, pattern: RegExp): Promise<Logged> =>
    runtime.logged(instance, pattern, new AbortController().signal);

  it('counts no line that the run before had printed and the Engine read after its end', async () => {
    const names = ['a', 'b', 'c'];
    for (const name of names) run(name, CHATTY);
    for (const name of names) {
      await waitFor(`the second run of ${name}`, async () => (await asked(name, /^again$/)) === 'yes');
      expect(await asked(name, /^last$/), name).toBe('no');
      expect(await asked(name, /^300000$/), name).toBe('no');
    }
  });

  it('counts no line of a run that is over while the next one is waited for', async () => {
    run('loop', 'echo ready; exit 1');
    await waitFor(
      'a pause between two runs',
      () => docker('inspect', `${id}-loop`, '--format', '{{.State.Restarting}}') === 'true',
    );
    expect(docker('logs', `${id}-loop`)).toContain('ready');
    const answers = new Set<Logged>();
    await waitFor('some more runs', async () => {
      const { Restarting, RestartCount } = JSON.parse(
        docker(
          'inspect',
          `${id}-loop`,
          '--format',
          '{"Restarting":{{.State.Restarting}},"RestartCount":{{.RestartCount}}}',
        ),
      );
      const answer = await asked('loop', /^ready$/);
      const after = docker('inspect', `${id}-loop`, '--format', '{{.State.Restarting}} {{.RestartCount}}');
      if (Restarting && after === `true ${RestartCount}`) answers.add(answer);
      return RestartCount >= 5;
    });
    expect([...answers]).toEqual(['no']);
  });
});

function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
