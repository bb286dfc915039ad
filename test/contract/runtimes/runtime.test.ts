/** What every runtime promises, run against every folder in src/runtimes. */
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import type { ObservedInstance, Runtime } from '../../../src/stack/contract/runtime.ts';
import type { ExecOptions, LogLine, LogOptions, LogStart } from '../../../src/stack/contract/runtime-options.ts';
import { fixtureKind } from '../../support/fixture-kind.ts';
import { isRequired, makeProject, runtimeHarnesses, type TestProject } from '../../support/runtime-contract.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A local process is started in its data folder, a container wherever its image says. */
const IN_DATA = 'if [ -d /stackctl ]; then cd /data; fi;';

/** Its parent is the init of the container, that of the program which does this is not. */
const STOP_SERVER =
  'for f in /proc/[0-9]*/stat; do read -r pid name state parent rest <$f; if [ "$parent" = 1 ]; then kill -STOP $pid; fi; done';

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

for (const harness of await runtimeHarnesses(process.env)) {
  const { name, missing } = harness;
  const skipped = missing !== undefined && !isRequired(name, process.env);
  if (skipped) console.log(`skipped: the contract of the runtime ${name}, because ${missing}`);

  describe.skipIf(skipped)(`runtime ${name}`, () => {
    const project = async (options: Parameters<typeof makeProject>[1] = {}): Promise<TestProject> => {
      if (missing !== undefined) throw new Error(`${name} is required and missing: ${missing}`);
      const made = await makeProject(harness, options);
      cleanUps.push(made.cleanUp);
      return made;
    };

    it('starts instances and observes them', async () => {
      const { runtime, start } = await project();
      expect(await runtime.observe()).toEqual([]);
      await start();
      const [first, second, ...others] = await runtime.observe();
      expect(others).toEqual([]);
      expect([first?.name, second?.name].sort()).toEqual(['app-1', 'app-2']);
      expect(first).toMatchObject({ state: 'running', restarts: 0, partitioned: false });
      expect(first?.pid ?? first?.containerId).toBeDefined();
      expect(Math.abs(Date.now() - Date.parse(first?.startedAt ?? ''))).toBeLessThan(600_000);
      expect(first?.configHash).toMatch(/^[0-9a-f]+$/);
    });

    it('leaves a running instance alone when it is started again', async () => {
      const { runtime, start } = await project();
      await start();
      const before = await observeOne(runtime, 'app-1');
      await start();
      expect(sameRun(await observeOne(runtime, 'app-1'), before)).toBe(true);
    });

    it('recreates an instance whose configuration changed and only that', async () => {
      const { runtime, start } = await project();
      await start(undefined, 'one');
      const first = await observeOne(runtime, 'app-1');
      const second = await observeOne(runtime, 'app-2');
      await start(['app-1'], 'two');
      const after = await observeOne(runtime, 'app-1');
      expect(after.state).toBe('running');
      expect(after.configHash).not.toBe(first.configHash);
      expect(sameRun(after, first)).toBe(false);
      expect(sameRun(await observeOne(runtime, 'app-2'), second)).toBe(true);
    });

    it('stops gracefully, keeps the data and starts again', async () => {
      const { runtime, start } = await project();
      await start(['app-1']);
      await run(runtime, 'app-1', ['sh', '-c', `${IN_DATA} echo kept >fact`]);
      await runtime.stop(['app-1']);
      const stopped = await observeOne(runtime, 'app-1');
      expect(stopped.state).toBe('stopped');
      expect(stopped.lastExit).toMatchObject({ code: 0 });
      expect(await runtime.readState('app-1', 'fact')).toBe('kept\n');
      await start(['app-1']);
      expect((await observeOne(runtime, 'app-1')).state).toBe('running');
      expect(await runtime.readState('app-1', 'fact')).toBe('kept\n');
    });

    it('kills what does not stop within its grace time', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      await touch(runtime, 'app-1', 'stubborn');
      await runtime.stop(['app-1']);
      expect((await observeOne(runtime, 'app-1')).state).toBe('stopped');
    });

    it('kills what does not stop within the time of the command', async () => {
      const kind: typeof fixtureKind = {
        ...fixtureKind,
        container: (input) => ({ ...fixtureKind.container(input), stopGraceS: 100 }),
        process: (input, at) => ({ ...fixtureKind.process(input, at), stopGraceS: 100 }),
      };
      const { runtime, start } = await project({ count: 2, kind });
      await start();
      for (const name of ['app-1', 'app-2']) await touch(runtime, name, 'stubborn');
      const begun = performance.now();
      await runtime.stop(['app-1'], { graceMs: 500 });
      await runtime.down({ volumes: false, graceMs: 500 });
      expect(performance.now() - begun).toBeLessThan(100_000);
      expect(await runtime.observe()).toEqual([]);
    });

    it('restarts a crashed instance and remembers its exit', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const before = await observeOne(runtime, 'app-1');
      await touch(runtime, 'app-1', 'crash');
      const after = await waitFor('a restart', async () => {
        const now = await observeOne(runtime, 'app-1');
        return now.state === 'running' && now.restarts > 0 && now;
      });
      expect(sameRun(after, before)).toBe(false);
      expect(after.restarts).toBe(1);
      if (after.lastExit !== undefined) expect(after.lastExit.code).toBe(7);
    });

    it.each(['kill', 'stop'] as const)('injects %s, which nobody undoes until heal does', async (fault) => {
      const { runtime, start, openAgain } = await project();
      await start();
      await runtime.inject('app-1', fault);
      expect((await observeOne(runtime, 'app-1')).state).toBe('stopped');
      const other = await openAgain();
      await expect(
        waitFor('an undone fault', async () => (await observeOne(other, 'app-1')).state !== 'stopped', 1500),
      ).rejects.toThrow('in vain');
      expect((await observeOne(other, 'app-2')).state).toBe('running');
      await other.heal('app-1', fault);
      const healed = await observeOne(runtime, 'app-1');
      expect(healed.state).toBe('running');
      await other.heal('app-1', fault);
      expect(sameRun(await observeOne(runtime, 'app-1'), healed)).toBe(true);
      await other.close();
    });

    it('injects pause and takes it back without a restart', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const before = await observeOne(runtime, 'app-1');
      await runtime.inject('app-1', 'pause');
      expect((await observeOne(runtime, 'app-1')).state).toBe('paused');
      await runtime.heal('app-1', 'pause');
      // A Docker Engine that is busy tells of the pause once more when it is over.
      const after = await waitFor('the state running', async () => {
        const now = await observeOne(runtime, 'app-1');
        return now.state === 'running' && now;
      });
      expect(sameRun(after, before)).toBe(true);
    });

    it('ends an injected fault when the instance is started', async () => {
      const { runtime, start } = await project();
      await start();
      await runtime.inject('app-1', 'pause');
      await runtime.inject('app-2', 'kill');
      await start();
      expect((await runtime.observe()).map(({ state }) => state)).toEqual(['running', 'running']);
    });

    it('stops and removes a paused instance', async () => {
      const { runtime, start } = await project();
      await start();
      await runtime.inject('app-1', 'pause');
      await runtime.inject('app-2', 'pause');
      await runtime.stop(['app-1']);
      expect((await observeOne(runtime, 'app-1')).state).toBe('stopped');
      await runtime.remove(['app-2']);
      expect((await runtime.observe()).map(({ name: left }) => left)).toEqual(['app-1']);
    });

    it('partitions, or refuses to', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      if (!runtime.faults.has('partition')) {
        await expect(runtime.inject('app-1', 'partition')).rejects.toMatchObject({ code: 'E_FAULT_UNSUPPORTED' });
        expect(await observeOne(runtime, 'app-1')).toMatchObject({ state: 'running', partitioned: false });
        return;
      }
      await runtime.inject('app-1', 'partition');
      expect(await observeOne(runtime, 'app-1')).toMatchObject({ state: 'running', partitioned: true });
      await runtime.heal('app-1', 'partition');
      expect(await observeOne(runtime, 'app-1')).toMatchObject({ state: 'running', partitioned: false });
    });

    it('shows that a fault took effect, when, and who says so', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      for (const fault of ['pause', 'kill'] as const) {
        const calledAt = performance.now();
        const { source, notYetAt, seenAt } = await runtime.inject('app-1', fault);
        expect(source).toBe('the kernel');
        expect(notYetAt).toBeGreaterThanOrEqual(calledAt);
        expect(seenAt).toBeGreaterThanOrEqual(notYetAt);
        expect(performance.now()).toBeGreaterThanOrEqual(seenAt);
        await runtime.heal('app-1', fault);
      }
    });

    it('takes the right to write into the data folder, and gives it back, or says why it cannot', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const { faults = runtime.faults, lacks = runtime.lacks } = (await runtime.confirmFaults?.()) ?? {};
      if (!faults.has('read-only')) {
        expect(lacks?.['read-only']).toMatch(/it takes root/);
        return;
      }
      await touch(runtime, 'app-1', 'before');
      for (let round = 0; round < 2; round++) {
        await runtime.inject('app-1', 'read-only');
        await expect(touch(runtime, 'app-1', 'within')).rejects.toThrow();
        await runtime.heal('app-1', 'read-only');
        await runtime.heal('app-1', 'read-only');
        await touch(runtime, 'app-1', 'after');
      }
      await runtime.inject('app-1', 'read-only');
      await runtime.inject('app-1', 'kill');
      await runtime.heal('app-1', 'kill');
      await runtime.heal('app-1', 'read-only');
      await touch(runtime, 'app-1', 'afterwards');
      // However it is left, the next start can write.
      await runtime.inject('app-1', 'read-only');
      await runtime.down({ volumes: false });
      await start();
      await touch(runtime, 'app-1', 'anew');
    });

    it('says which instances there are when it is asked for another', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      await expect(runtime.inject('app-9', 'kill')).rejects.toMatchObject({ code: 'E_INSTANCE_NOT_FOUND' });
      await expect(run(runtime, 'app-9', ['true'])).rejects.toMatchObject({ code: 'E_INSTANCE_NOT_FOUND' });
    });

    it('reads logs: all, the tail, since', async () => {
      const { runtime, start } = await project();
      await start();
      await waitFor('three ticks', async () => (await lines(runtime, ['app-1'])).some(({ text }) => text === 'tick 3'));
      const all = await lines(runtime, ['app-1', 'app-2']);
      expect(
        all
          .filter(({ text }) => text.startsWith('hello'))
          .map(({ text }) => text)
          .sort(),
      ).toEqual(['hello app-1', 'hello app-2']);
      expect(new Set(all.map(({ instance }) => instance))).toEqual(new Set(['app-1', 'app-2']));
      const tail = await lines(runtime, ['app-1'], { tail: 2 });
      expect(tail).toHaveLength(2);
      expect(tail[0]?.text).toMatch(/^tick/);
      expect(await lines(runtime, ['app-1'], { since: new Date(Date.now() + 60_000) })).toEqual([]);
    });

    it('follows logs across a restart and ends with its signal', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const stop = new AbortController();
      const seen: string[] = [];
      const following = (async () => {
        for await (const { text } of runtime.logs(['app-1'], options({ follow: true, tail: 0, signal: stop.signal }))) {
          seen.push(text);
        }
      })();
      await waitFor('a followed line', () => seen.some((text) => text.startsWith('tick')));
      await touch(runtime, 'app-1', 'crash');
      await waitFor('the restart in the log', () => seen.includes('hello app-1'));
      stop.abort();
      await following;
      expect(new Set(seen.filter((text) => text.startsWith('hello'))).size).toBe(1);
    });

    it('runs a program with environment, input, output and exit code', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const result = await run(runtime, 'app-1', ['sh', '-c', 'echo "$WORD"; echo oops >&2; exit 3'], { WORD: 'hi' });
      expect(result).toEqual({ code: 3, out: 'hi\n', err: 'oops\n' });
    });

    it('ends with a program whose signal aborts while it is started', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      const controller = new AbortController();
      const { stream } = collector();
      const options = { environment: {}, tty: false, stdin: undefined, stdout: stream, stderr: stream };
      const running = runtime.exec('app-1', ['sleep', '1000'], { ...options, signal: controller.signal });
      const ended = expect(running).rejects.toThrow('enough');
      controller.abort(new Error('enough'));
      await ended;
    });

    it('tells whether a line was logged since the last start, and of no earlier one', async () => {
      const { runtime, start } = await project({ count: 1 });
      const asked = (pattern: RegExp) => runtime.logged('app-1', pattern, new AbortController().signal);
      await start();
      await waitFor('three ticks', async () => (await asked(/^tick 3$/)) === 'yes');
      expect(await asked(/^tick 3 /)).toBe('no');
      await runtime.stop(['app-1']);
      await start();
      await waitFor('its first line', async () => (await asked(/^hello app-1$/)) === 'yes');
      expect(await asked(/^bye$/)).toBe('no');
    });

    it('has the last lines since a start, and of no earlier one', async () => {
      const { runtime, start } = await project({ count: 1 });
      const lines = (since: LogStart, count = 99) =>
        runtime.lastLines('app-1', count, since, new AbortController().signal);
      await start();
      const first = await observeOne(runtime, 'app-1');
      await waitFor('three ticks', async () => (await lines(first)).includes('tick 3'));
      expect((await lines(first))[0]).toBe('hello app-1');
      expect(await lines(first, 1)).toEqual([expect.stringMatching(/^tick \d+$/)]);
      await runtime.stop(['app-1']);
      await waitFor('its last line', async () => (await lines(first)).at(-1) === 'bye');
      await start();
      const second = await observeOne(runtime, 'app-1');
      await waitFor('its first line', async () => (await lines(second)).includes('hello app-1'));
      expect((await lines(second))[0]).toBe('hello app-1');
      expect(await lines(second)).not.toContain('bye');
      expect(await lines(first)).toEqual(expect.arrayContaining(['bye']));
      expect(await lines({ startedAt: undefined })).toEqual([]);
    });

    it('names a process that a signal has stopped', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      expect(await runtime.frozen('app-1')).toBeUndefined();
      const { pid, containerId } = await observeOne(runtime, 'app-1');
      if (containerId === undefined) process.kill(pid ?? 0, 'SIGSTOP');
      else await run(runtime, 'app-1', ['sh', '-c', STOP_SERVER]);
      await waitFor('the frozen process', async () => /^pid \d+ \(sh\)$/.test((await runtime.frozen('app-1')) ?? ''));
    });

    it('reads files of an instance, and none that is not there', async () => {
      const { runtime, start } = await project({ count: 1 });
      await start();
      expect(await runtime.readState('app-1', 'nothing')).toBeUndefined();
      await touch(runtime, 'app-1', 'empty');
      expect(await runtime.readState('app-1', 'empty')).toBe('');
      expect(await runtime.readState('app-1', 'empty', 9)).toBe('');
      expect(await runtime.readState('app-1', 'nothing', 9)).toBeUndefined();
      // Far more than one read of the archive: the rest is left behind, and the next question is answered.
      await run(runtime, 'app-1', ['sh', '-c', `${IN_DATA} { echo REDIS0011; head -c 9000000 /dev/zero; } >large`]);
      expect(await runtime.readState('app-1', 'large', 9)).toBe('REDIS0011');
      expect(await runtime.readState('app-1', 'large', 12)).toBe('REDIS0011\n\0\0');
    });

    it('removes an instance, keeps its data until told to remove that too', async () => {
      const { runtime, start } = await project();
      await start();
      await touch(runtime, 'app-2', 'fact');
      await runtime.remove(['app-2']);
      await runtime.remove(['app-2']);
      expect((await runtime.observe()).map(({ name: left }) => left)).toEqual(['app-1']);
      expect((await runtime.data()).map(({ instance }) => instance).sort()).toEqual(['app-1', 'app-2']);
      await runtime.removeData(['app-2']);
      expect((await runtime.data()).map(({ instance }) => instance)).toEqual(['app-1']);
      expect((await observeOne(runtime, 'app-1')).state).toBe('running');
    });

    it('goes down and leaves the data, or not', async () => {
      const { runtime, start } = await project();
      await start();
      await touch(runtime, 'app-1', 'fact');
      expect(await runtime.down({ volumes: false })).toEqual([]);
      expect(await runtime.observe()).toEqual([]);
      expect((await runtime.data()).map(({ instance }) => instance).sort()).toEqual(['app-1', 'app-2']);
      await start();
      expect(await runtime.readState('app-1', 'fact')).toBe('');
      await runtime.down({ volumes: true });
      expect(await runtime.observe()).toEqual([]);
      expect(await runtime.data()).toEqual([]);
      expect(await runtime.down({ volumes: true })).toEqual([]);
    });

    it('leaves another project alone', async () => {
      const one = await project({ count: 1 });
      const two = await project({ count: 1 });
      await one.start();
      await two.start();
      const before = await observeOne(two.runtime, 'app-1');
      await one.runtime.down({ volumes: true });
      expect(sameRun(await observeOne(two.runtime, 'app-1'), before)).toBe(true);
    });

    it('has everything ended by down after an interrupted start', async () => {
      const { runtime, start } = await project();
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('interrupted')), 30);
      await start(undefined, 'one', stop.signal).catch((error) => expect(String(error)).toContain('interrupted'));
      await runtime.down({ volumes: true });
      expect(await runtime.observe()).toEqual([]);
      expect(await runtime.data()).toEqual([]);
    });

    it('serves two commands at once', async () => {
      const { runtime, start, openAgain } = await project();
      await start(['app-1']);
      const other = await openAgain();
      await Promise.all([start(['app-2']), other.inject('app-1', 'kill'), runtime.observe(), other.observe()]);
      expect((await observeOne(other, 'app-1')).state).toBe('stopped');
      expect((await observeOne(runtime, 'app-2')).state).toBe('running');
      await other.close();
    });
  });
}

async function observeOne(runtime: Runtime, name: string): Promise<ObservedInstance> {
  const found = (await runtime.observe()).find((instance) => instance.name === name);
  if (found === undefined) throw new Error(`${name} was not observed`);
  return found;
}

/** A container keeps its id over a restart, a process its pid never. */
function sameRun(a: ObservedInstance, b: ObservedInstance): boolean {
  return a.pid === b.pid && a.containerId === b.containerId && a.startedAt === b.startedAt;
}

async function touch(runtime: Runtime, instance: string, file: string): Promise<void> {
  const { code, err } = await run(runtime, instance, ['sh', '-c', `${IN_DATA} : >"$0"`, file]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
}

async function run(
  runtime: Runtime,
  instance: string,
  argv: readonly [string, ...string[]],
  environment: ExecOptions['environment'] = {},
): Promise<{ code: number; out: string; err: string }> {
  const out = collector();
  const err = collector();
  const { signal } = new AbortController();
  const streams = { stdin: undefined, stdout: out.stream, stderr: err.stream };
  const code = await runtime.exec(instance, argv, { environment, tty: false, signal, ...streams });
  return { code, out: out.text(), err: err.text() };
}

function collector(): { readonly stream: Writable; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

function options(partial: Partial<LogOptions>): LogOptions {
  return { follow: false, since: undefined, tail: undefined, signal: new AbortController().signal, ...partial };
}

async function lines(
  runtime: Runtime,
  instances: readonly string[],
  partial: Partial<LogOptions> = {},
): Promise<readonly LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of runtime.logs(instances, options(partial))) all.push(line);
  return all;
}
