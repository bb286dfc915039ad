import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { crashAndHold } from '../support/crash.ts';
import { FAST, ok, openTestProject, type TestProject, withRole } from '../support/project.ts';
import { ask } from '../support/redis-side.ts';
import { gateRuntimes, requireRuntime } from '../support/require.ts';
import { replicasIn, untilHealthy, untilPromoted } from '../support/steps.ts';
import { waitFor } from '../support/wait-for.ts';

describe.each(gateRuntimes('process'))('seed traffic to redis-sentinel on %s', (runtime) => {
  test('is verified by what the master holds, also through a failover', async (context) => {
    requireRuntime(context, runtime);
    await using project = await openTestProject({ runtime, values: FAST });
    await project.up();
    await untilHealthy(project);

    const first = ok(await project.json(['seed', 'traffic', '--count', '3000', '--seed', '7']));
    expect(first).toMatchObject({
      command: 'seed',
      data: {
        profile: 'rooms',
        seed: 7,
        asked: 3000,
        acked: 3000,
        rejected: 0,
        unknown: 0,
        stores: [
          { store: 'redis room:{*}:ops', guarantee: 'stored', stored: 3000, missing: 0, phantom: 0, duplicates: 0 },
          { store: 'pub/sub room:{*}:channel', guarantee: 'atMostOnce', phantom: 0 },
        ],
        verified: true,
      },
    });
    expect(first.data.ratePerS).toBeGreaterThan(0);
    const length = async () => Number(await ask(project.ports.redis, 'XLEN', 'room:{room-1}:ops'));
    const before = await length();
    const again = ok(await project.json(['seed', 'traffic', 'redis-sentinel', '--count', '3000', '--seed', '7']));
    expect(again.data.run).not.toBe(first.data.run);
    // The same events once more: the most popular room gets as many as before.
    expect(await length()).toBe(2 * before);

    const games = ['seed', 'traffic', '--profile', 'games', '--count', '2000', '--seed', '7'];
    expect(ok(await project.json(games)).data).toMatchObject({ acked: 2000, verified: true });
    const state = ['HMGET', 'room:{game-50}:snapshot', 'tick', 'seq'] as const;
    expect(await ask(project.ports.redis, ...state)).toEqual(['39', expect.stringMatching(/^17672256\d{5}$/)]);
    expect(await ask(project.ports.redis, 'GET', 'room:{game-50}:tick')).toBe('39');

    const view = await project.status();
    const running = project.begin(['seed', 'traffic', '--count', '12000', '--rate', '1500', '--json']);
    await waitFor('the first events', async () => (await length()) > 2 * before);
    const { release } = await crashAndHold(project, withRole(view, 'master'));
    await untilPromoted(replicasIn(view));
    await release();
    const ended = await running.ended;
    const { data } = JSON.parse(ended.out);
    const [store] = data.stores;
    expect(data).toMatchObject({ asked: 12_000, askedRatePerS: 1500 });
    expect(data.acked + data.rejected + data.unknown).toBe(12_000);
    expect(data.acked).toBeGreaterThan(0);
    expect(data.rejected + data.unknown).toBeGreaterThan(0);
    expect(store).toMatchObject({ phantom: 0, duplicates: 0, contradictions: [], error: null });
    // Replication is asynchronous: what is lost with the old master must be counted, not hidden.
    expect(store.stored).toBe(data.acked - store.missing + store.recovered);
    expect(data.verified).toBe(store.missing === 0);
    expect(ended.code).toBe(store.missing === 0 ? 0 : 6);
  });
});

test('a run is taken out again, asked for and read back, and another one beside it stays', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: FAST });
  await project.up();
  await untilHealthy(project);
  const seeded = async () => ok(await project.json(['seed', 'traffic', '--count', '2000'])).data.run as string;
  const entries = async () => {
    const keys = (await ask(project.ports.redis, 'KEYS', 'room:{*}:ops')) as readonly string[];
    const all = await Promise.all(keys.map((key) => ask(project.ports.redis, 'XRANGE', key, '-', '+')));
    return all.flat() as readonly [string, readonly string[]][];
  };
  const of = (run: string, all: Awaited<ReturnType<typeof entries>>) =>
    all.filter(([, fields]) => fields.join(' ').includes(run)).length;
  const [first, second] = [await seeded(), await seeded()];

  const unasked = await project.json(['seed', 'traffic', '--clean', first]);
  expect(unasked).toMatchObject({
    code: 3,
    error: { code: 'E_NEEDS_CONFIRMATION', message: expect.stringContaining('redis room:{*}:ops: 2000 events') },
  });
  expect(of(first, await entries())).toBe(2000);
  const { data } = ok(await project.json(['seed', 'traffic', '--clean', first, '--yes']));
  expect(data).toMatchObject({
    ...{ profile: 'rooms', run: first, clean: true },
    stores: [
      {
        ...{ store: 'redis room:{*}:ops', found: 2000, gone: 2000, left: 0, error: null },
        stays: expect.stringContaining('the latest value in room:{*}:snapshot'),
      },
    ],
  });
  const after = await entries();
  expect([after.length, of(second, after)]).toEqual([2000, 2000]);
  expect(ok(await project.json(['seed', 'traffic', '--clean', first])).data.stores).toMatchObject([
    { found: 0, gone: 0 },
  ]);

  expect(await project.json(['seed', 'traffic', '--clean', second, '--count', '5'])).toMatchObject({
    code: 2,
    error: { code: 'E_USAGE', message: expect.stringContaining('--count cannot be given with it') },
  });
  expect(await project.json(['seed', 'traffic', '--clean', second.toUpperCase()])).toMatchObject({
    code: 2,
    error: { code: 'E_USAGE' },
  });
  // Its commands are done again by whoever gets them again.
  expect(await project.json(['seed', 'traffic', '--retry'])).toMatchObject({
    code: 2,
    error: {
      code: 'E_USAGE',
      message: expect.stringContaining('--retry could store events of rooms twice in sentinel'),
    },
  });
  expect((await entries()).length).toBe(2000);

  // A run that still sends says which one it is, and cannot be taken out; one that was killed can.
  const { child, ended } = project.begin(['seed', 'traffic', '--rate', '200', '--until-stopped']);
  let text = '';
  child.stderr?.on('data', (part) => {
    text += part;
  });
  const third = await waitFor('the id of the run', () => / run ([0-9a-f]{8}-[0-9a-f]{4})\b/.exec(text)?.[1]);
  await waitFor('its entries', async () => of(third, await entries()) > 0);
  expect(await project.json(['seed', 'traffic', '--clean', third, '--yes'])).toMatchObject({
    code: 7,
    error: { code: 'E_LOCKED', message: expect.stringContaining(`run ${third} has not ended: "seed traffic"`) },
  });
  child.kill('SIGKILL');
  await ended;
  ok(await project.json(['seed', 'traffic', '--clean', third, '--yes']));
  expect(of(third, await entries())).toBe(0);
});

test('an interrupt prints what is known; mistakes are told before anything is sent', async (context) => {
  requireRuntime(context, 'process');
  await using project = await openTestProject({ runtime: 'process', values: FAST });
  await project.up();

  const running = project.begin(['seed', 'traffic', '--count', '1000000', '--rate', '500', '--json']);
  await waitFor(
    'the first events',
    async () => Number(await ask(project.ports.redis, 'EXISTS', 'room:{room-1}:ops')) === 1,
  );
  running.child.kill('SIGINT');
  const { code, out, err } = await running.ended;
  const { data, error } = JSON.parse(out);
  expect(code).toBe(130);
  expect(err).toMatch(/^\{"type":"stopping","elapsedMs":\d+,"inFlight":\d+\}$/m);
  expect(error.code).toBe('E_INTERRUPTED');
  expect(data).toMatchObject({ count: 1_000_000, interrupted: true, verified: false });
  expect(data.acked).toBe(data.asked);
  expect(data.stores[0]).toMatchObject({ stored: data.acked, missing: 0, phantom: 0 });

  // Where an interrupt is the end that was asked for, the run is judged as any other.
  const length = async () => Number(await ask(project.ports.redis, 'XLEN', 'room:{room-1}:ops'));
  const before = await length();
  const until = ['--until-stopped', '--rate', '300/s', '--threshold', 'errors.rate==0%', '--out', 'runs.json'];
  const stopped = project.begin(['seed', 'traffic', ...until, '--json']);
  await waitFor('more events', async () => (await length()) > before + 50);
  stopped.child.kill('SIGINT');
  const end = await stopped.ended;
  const { report, intervals, schemaVersion } = JSON.parse(await readFile(join(project.folder, 'runs.json'), 'utf8'));
  expect(end.code).toBe(0);
  expect(report).toEqual(JSON.parse(end.out).data);
  expect(report).toMatchObject({ ended: 'stopped', count: null, interrupted: false, verified: true, verdict: 'pass' });
  expect(report.stores[0]).toMatchObject({ stored: report.acked, missing: 0, phantom: 0 });
  expect(await length()).toBeGreaterThan(before);
  expect(schemaVersion).toBe(1);
  const acked = intervals.reduce((sum: number, interval: { acked: number }) => sum + interval.acked, 0);
  expect(acked).toBe(report.acked);
  expect(await readFile(join(project.folder, 'runs.hdr'), 'utf8')).toMatch(/^#\[Histogram log format version 1\.3\]\n/);

  expect(await project.json(['seed', 'traffic', '--count', '5', '--threshold', 'p99>1m'])).toMatchObject({
    code: 6,
    error: { code: 'E_TRAFFIC_THRESHOLD', message: expect.stringContaining('did not reach: p99>1m') },
    data: { verified: true, verdict: 'fail' },
  });
  expect(await project.json(['seed', 'traffic', '--threshold', 'p99>fast'])).toMatchObject({
    code: 2,
    error: { code: 'E_USAGE', message: expect.stringContaining('a comparison and a number') },
  });
  // What cannot be written is known before anything is sent.
  const sent = await length();
  expect((await project.json(['seed', 'traffic', '--out', '/proc/no/summary.json'])).code).not.toBe(0);
  expect(await length()).toBe(sent);

  await replayed(project);
  expect(await project.json(['seed', 'traffic', '--profile', 'room'])).toMatchObject({
    code: 2,
    error: { code: 'E_PROFILE_NOT_FOUND', message: expect.stringContaining('did you mean "rooms"?') },
  });
  expect(await project.json(['seed', 'traffic', '--count', '0'])).toMatchObject({
    code: 2,
    error: { code: 'E_USAGE' },
  });
  expect(await project.json(['seed', 'trafic'])).toMatchObject({ code: 2, error: { code: 'E_USAGE' } });
  ok(await project.json(['down']));
  expect(await project.json(['seed', 'traffic'])).toMatchObject({ code: 5, error: { code: 'E_NOT_RUNNING' } });
});

/** What a server told of its commands is sent to it again; of a recording with a mistake nothing is. */
async function replayed(project: TestProject): Promise<void> {
  const port = project.ports.redis;
  const lines = [0, 0.5, 1, 1.5].map(
    (second, index) => `${(1_700_000_000 + second).toFixed(6)} [0 127.0.0.1:1] "RPUSH" "replayed" "${index}"`,
  );
  const write = (name: string, all: readonly string[]) => writeFile(join(project.folder, name), `${all.join('\n')}\n`);
  await write('wrong.txt', [...lines, '1700000002.000000 [0 127.0.0.1:1] "SET" unquoted', ...lines]);
  expect(await project.json(['seed', 'replay', 'wrong.txt'])).toMatchObject({
    code: 2,
    error: { code: 'E_RECORDING_INVALID', message: expect.stringContaining('wrong.txt:5') },
  });
  expect(await ask(port, 'EXISTS', 'replayed')).toBe(0);
  await write('monitor.txt', [
    'OK',
    ...lines,
    '1700000002.000000 [0 lua] "SET" "of" "a script"',
    '1700000003.000000 [0 127.0.0.1:1] "FLUSHALL"',
  ]);
  const { data } = ok(
    await project.json(['seed', 'replay', 'monitor.txt', '--speed', '2', '--threshold', 'rate.achieved>0%']),
  );
  expect(data).toMatchObject({ service: 'sentinel', asked: 4, acked: 4, ended: 'end', verdict: 'pass', loop: 'open' });
  expect(data.durationMs).toBeGreaterThanOrEqual(740);
  expect(data.recording.leftOut).toEqual([
    { reason: 'script', name: '', count: 1 },
    { reason: 'administration', name: 'FLUSHALL', count: 1 },
  ]);
  expect(await ask(port, 'LRANGE', 'replayed', '0', '-1')).toEqual(['0', '1', '2', '3']);
}
