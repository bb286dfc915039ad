import { expect, test } from 'vitest';
import { GUIDE_LINES, GUIDE_VERBS } from '../support/guide-lines.ts';
import { FAST, openTestProject, type TestProject, withRole } from '../support/project.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';

test.for(RUNTIMES)('%s: what the README says to type does what it says', async (runtime, context) => {
  requireRuntime(context, runtime);
  await using project = await openTestProject({ runtime, values: FAST });
  const run = async (line: string) => {
    const { code, out, err } = await project.run(wordsOf(line, project));
    // On a busy machine the clock of the failover test may be too coarse for a verdict; the failover counts here.
    const isInconclusive = code === 8 && err.includes('E_VERDICT_INCONCLUSIVE');
    if (!isInconclusive) expect({ line, code, err }).toMatchObject({ line, code: 0 });
    return out;
  };
  const [start, ...verbs] = GUIDE_VERBS;
  const [clean, down, ...looks] = verbs.toReversed();

  await run(start ?? '');
  // The failover among them makes redis-1 a replica, so that REPLICAOF is what the guide means it for.
  for (const line of looks.toReversed()) await run(line);
  const master = withRole(await project.status(), 'master');
  expect(master.name).not.toBe('redis-1');
  const [host = '', port = ''] = master.peer.split(':');
  for (const { stackctl, answer } of GUIDE_LINES) {
    const out = await run(stackctl.replace('<host>', host).replace('<port>', port));
    expect(out.replaceAll('\r', ''), stackctl).toMatch(answer);
  }
  await run(down ?? '');
  expect(await project.leftovers({ data: false })).toEqual([]);
  await run(clean ?? '');
  expect(await project.leftovers()).toEqual([]);
});

/** A first `up` takes the ports, images and time limits of this test along. */
function wordsOf(line: string, project: TestProject): readonly string[] {
  const words = line.split(' ').slice(1);
  return words[0] === 'up' ? project.upArgs : words;
}
