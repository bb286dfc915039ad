import { expect, test } from 'vitest';
import { GUIDE_LINES, GUIDE_VERBS, type GuideLine } from '../support/guide-lines.ts';
import { FAST, openTestProject, type TestProject, withRole } from '../support/project.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { waitFor } from '../support/wait-for.ts';

test.for(gateRuntimes('docker'))('%s: what the README says to type does what it says', async (runtime, context) => {
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
  for (const line of GUIDE_LINES) {
    const look = async (): Promise<string> =>
      (await run(line.stackctl.replace('<host>', host).replace('<port>', port))).replaceAll('\r', '');
    expect(await withoutPassing(line, look), line.stackctl).toMatch(line.answer);
  }
  await run(down ?? '');
  expect(await project.leftovers({ data: false })).toEqual([]);
  await run(clean ?? '');
  expect(await project.leftovers()).toEqual([]);
});

/** The first answer without what may be in it for a moment; none may hold what is never right. */
function withoutPassing({ stackctl, never, passing }: GuideLine, look: () => Promise<string>): Promise<string> {
  return waitFor(`${stackctl} without ${passing}`, async () => {
    const out = await look();
    if (never !== undefined) expect(out, stackctl).not.toMatch(never);
    return passing?.test(out) ? undefined : out;
  });
}

/** A first `up` takes the ports, images and time limits of this test along. */
function wordsOf(line: string, project: TestProject): readonly string[] {
  const words = line.split(' ').slice(1);
  return words[0] === 'up' ? project.upArgs : words;
}
