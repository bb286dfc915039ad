import { Writable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { CommandModule } from '../src/commands/line/command.ts';
import { timeoutOption } from '../src/commands/line/options.ts';
import { COMMANDS } from '../src/commands/line/table.ts';
import { StackctlError } from '../src/errors.ts';
import { main, tellUnanswered } from '../src/main.ts';
import { VERSION } from '../src/version.ts';
import { type TestHost, type TestHostOptions, testHost } from './support/host.ts';

type Run = CommandModule['run'];

/** Runs `argv` with `run` in the place of the command `health`. */
async function runWith(run: Run, argv: readonly string[] = ['health'], options?: TestHostOptions) {
  return runOn(testHost(argv, options), run);
}

async function runOn(host: TestHost, run: Run) {
  const entry = COMMANDS.find(({ name }) => name === 'health');
  if (entry === undefined) throw new Error('no command health');
  const load = vi.spyOn(entry, 'load').mockResolvedValue({
    configure: (command) => void command.addOption(timeoutOption('how long to wait')),
    run,
  });
  const code = await main(host).finally(() => load.mockRestore());
  return { code, out: host.out(), err: host.err() };
}

function envelopeIn(out: string) {
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(out);
}

test('--version prints the version alone', async () => {
  const host = testHost(['--version']);
  expect(await main(host)).toBe(0);
  expect(host.out()).toBe(`${VERSION}\n`);
});

test('--version --json and version --json print the same envelope', async () => {
  const [flag, verb] = [testHost(['--json', '--version']), testHost(['version', '--json'])];
  await main(flag);
  await main(verb);
  expect(flag.out()).toBe(verb.out());
  expect(envelopeIn(verb.out())).toMatchObject({ command: 'version', data: { stackctl: VERSION }, error: null });
});

test.each([[['--help']], [['-h']], [['help']]])('%j prints the overview', async (argv) => {
  const host = testHost(argv);
  expect(await main(host)).toBe(0);
  expect(host.out()).toContain('Exit codes:');
  for (const { name, group } of COMMANDS) if (group !== undefined) expect(host.out()).toContain(`  ${name}`);
  expect(host.out()).not.toContain('__complete');
});

test('no command at all is a usage error that shows the help', async () => {
  const host = testHost([]);
  expect(await main(host)).toBe(2);
  expect(host.out()).toContain('Usage: stackctl');
  expect(host.err()).toBe('error E_USAGE: no command given\n  next: Run: stackctl --help\n');
});

test('an unknown command gets a suggestion, on stderr', async () => {
  const host = testHost(['statsu']);
  expect(await main(host)).toBe(2);
  expect(host.out()).toBe('');
  expect(host.err()).toContain("error E_USAGE: unknown command 'statsu'\n  next: Did you mean status?");
});

test('an unknown command is an envelope once --json was seen', async () => {
  const host = testHost(['statsu', '--json']);
  expect(await main(host)).toBe(2);
  expect(envelopeIn(host.out())).toEqual({
    schemaVersion: 1,
    command: 'stackctl',
    status: 'failed',
    data: null,
    warnings: [],
    error: {
      code: 'E_USAGE',
      message: "unknown command 'statsu'",
      hint: 'Did you mean status? Run: stackctl --help',
      details: { reason: 'unknownCommand', didYouMean: 'status' },
    },
  });
  expect(host.err()).toBe('');
});

test('global flags stand before or after the verb', async () => {
  const run = vi.fn<Run>().mockResolvedValue({ data: null, text: '' });
  await runWith(run, ['--project', 'a', '--set', 'x=1', 'health', '--set', 'y=2', '--timeout', '2m', '-y']);
  expect(run.mock.calls[0]?.[0].global).toEqual({
    project: 'a',
    runtime: undefined,
    set: ['x=1', 'y=2'],
    values: [],
    json: false,
    yes: true,
    timeoutMs: 120_000,
  });
});

test.each([
  [['--timeout', '60'], 'Give a number with a unit'],
  [['--runtime', 'podman'], 'auto, docker, process'],
  [['extra'], 'too many arguments'],
])('%j is refused', async (flags, why) => {
  const { code, err } = await runWith(async () => ({ data: null, text: '' }), ['health', ...flags]);
  expect(code).toBe(2);
  expect(err).toContain(why);
});

test('a result is text on stdout, an envelope with --json', async () => {
  const run: Run = async () => ({ data: { healthy: true }, text: '\u001b[32mfine\u001b[39m' });
  expect((await runWith(run)).out).toBe('fine\n');
  expect((await runWith(run, ['health'], { tty: true })).out).toBe('\u001b[32mfine\u001b[39m\n');
  expect(envelopeIn((await runWith(run, ['health', '--json'])).out)).toMatchObject({
    command: 'health',
    status: 'ok',
    data: { healthy: true },
  });
});

test('a run whose answer is a no prints the answer, then the error', async () => {
  const failure = new StackctlError('E_UNHEALTHY', 'redis-2 is not healthy', { hint: 'stackctl logs redis-2' });
  const run: Run = async () => ({ data: { healthy: false }, text: 'redis-2 down', failure });
  expect(await runWith(run)).toMatchObject({
    code: 5,
    out: 'redis-2 down\n',
    err: 'error E_UNHEALTHY: redis-2 is not healthy\n  next: stackctl logs redis-2\n',
  });
  expect(envelopeIn((await runWith(run, ['health', '--json'])).out)).toMatchObject({
    status: 'failed',
    data: { healthy: false },
    error: { code: 'E_UNHEALTHY', hint: 'stackctl logs redis-2' },
  });
});

test('warnings go to stderr and into the envelope', async () => {
  const run: Run = async ({ emit }) => {
    emit({ type: 'note', text: 'runtime process' });
    emit({ type: 'warning', text: 'an even number of Sentinels' });
    return { data: 1, text: 'one' };
  };
  const { out, err } = await runWith(run, ['health', '--json']);
  expect(envelopeIn(out).warnings).toEqual(['an even number of Sentinels']);
  expect(err).toBe('runtime process\nwarning: an even number of Sentinels\n');
});

test('a command that prints its own answer adds nothing to it', async () => {
  const run: Run = async ({ stdout }) => {
    stdout.write('own\n');
    return { exitCode: 3 };
  };
  expect(await runWith(run, ['health', '--json'])).toMatchObject({ code: 3, out: 'own\n' });
});

test('an error that nobody expected is E_INTERNAL and shows its stack only when asked', async () => {
  const run: Run = async () => {
    throw new TypeError('x is not a function');
  };
  const plain = await runWith(run);
  expect(plain.code).toBe(1);
  expect(plain.err).toContain('error E_INTERNAL: unexpected TypeError: x is not a function');
  expect(plain.err).toContain('STACKCTL_DEBUG=1');
  expect(plain.err).not.toContain('main.test.ts');
  expect((await runWith(run, ['health'], { env: { STACKCTL_DEBUG: '1' } })).err).toContain('main.test.ts');
});

test('an exception outside of the command ends the run with an envelope', async () => {
  const host = testHost(['health', '--json']);
  const { code, out } = await runOn(host, () => {
    setImmediate(() => host.events.emit('uncaughtException', new Error('late')));
    return new Promise(() => undefined);
  });
  expect(code).toBe(1);
  expect(envelopeIn(out).error.code).toBe('E_INTERNAL');
});

test.each([
  ['SIGINT', 130, 'E_INTERRUPTED'],
  ['SIGTERM', 143, 'E_TERMINATED'],
  ['SIGHUP', 143, 'E_TERMINATED'],
])('%s lets the command clean up and exits %i', async (name, exitCode, errorCode) => {
  const host = testHost(['health', '--json']);
  let cleanedUp = false;
  const { code, out } = await runOn(host, async ({ signal }) => {
    setImmediate(() => host.events.emit(name, name));
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    cleanedUp = true;
    throw signal.reason;
  });
  expect({ code, cleanedUp, exits: host.exits }).toEqual({ code: exitCode, cleanedUp: true, exits: [] });
  expect(envelopeIn(out).error.code).toBe(errorCode);
  expect(host.events.listenerCount(name)).toBe(0);
});

test('what fails while cleaning up is told, the exit code stays that of the signal', async () => {
  const host = testHost(['health']);
  const { code, err } = await runOn(host, async () => {
    host.events.emit('SIGTERM', 'SIGTERM');
    throw new StackctlError('E_STOP_FAILED', 'redis-1 does not stop', { hint: 'stackctl down' });
  });
  expect(code).toBe(143);
  expect(err).toBe(
    'error E_TERMINATED: ended by SIGTERM\n  while cleaning up: redis-1 does not stop\n  next: stackctl down\n',
  );
});

test('a second SIGINT ends the process at once', async () => {
  const host = testHost(['health']);
  await runOn(host, async () => {
    host.events.emit('SIGINT', 'SIGINT');
    expect(host.exits).toEqual([]);
    host.events.emit('SIGINT', 'SIGINT');
    return { data: null, text: '' };
  });
  expect(host.exits).toEqual([130]);
});

test('a command that finished in spite of a signal has its result printed', async () => {
  const host = testHost(['health']);
  const run: Run = async () => {
    host.events.emit('SIGTERM', 'SIGTERM');
    return { data: null, text: 'done' };
  };
  expect(await runOn(host, run)).toEqual({ code: 0, out: 'done\n', err: '' });
});

test('a reader that leaves aborts the command and ends the program quietly', async () => {
  const host = { ...testHost(['health']), stdout: failing('EPIPE') };
  const { code, err } = await runOn(host, async ({ stdout, signal }) => {
    stdout.write('line\n');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    throw signal.reason;
  });
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('an answer that cannot be written is a failure', async () => {
  const host = { ...testHost(['health']), stdout: failing('ENOSPC') };
  const { code, err } = await runOn(host, async () => ({ data: null, text: 'answer' }));
  expect(code).toBe(1);
  expect(err).toContain('the output could not be written: ENOSPC');
});

function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
}

test('a question is answered by --yes', async () => {
  const ask: Run = async ({ confirm }) => {
    await confirm('Delete 2 volumes?');
    return { data: null, text: 'deleted' };
  };
  expect(await runWith(ask, ['health', '--yes'])).toMatchObject({ code: 0, out: 'deleted\n' });
  expect(await runWith(ask, ['health'], { tty: true, input: 'y\n' })).toMatchObject({ code: 0, out: 'deleted\n' });
  const declined = await runWith(ask, ['health'], { tty: true, input: 'n\n' });
  expect(declined.code).toBe(3);
  expect(declined.err).toContain('Delete 2 volumes? [y/N]');
});

test.each([
  ['no terminal', {}],
  ['CI', { tty: true, input: 'y\n', env: { CI: 'true' } }],
  ['the end of the input', { tty: true }],
])('a question without an answer (%s) is E_NEEDS_CONFIRMATION', async (_why, options) => {
  const { code, err } = await runWith(
    async ({ confirm }) => {
      await confirm('Delete 2 volumes?');
      return { data: null, text: 'deleted' };
    },
    ['health'],
    options,
  );
  expect(code).toBe(3);
  expect(err).toContain('E_NEEDS_CONFIRMATION');
  expect(err).toContain('--yes');
});

test('Ctrl-C during a question is an interrupt', async () => {
  const host = testHost(['health'], { tty: true, input: '', endless: true });
  const { code } = await runOn(host, async ({ confirm }) => {
    setImmediate(() => host.events.emit('SIGINT', 'SIGINT'));
    await confirm('Delete 2 volumes?');
    return { data: null, text: 'deleted' };
  });
  expect(code).toBe(130);
});

test('a command that waits for what will not come is a mistake of ours, and no success: with --json in an envelope', () => {
  const plain = testHost(['up']);
  expect(tellUnanswered(plain)).toBe(1);
  expect(plain.out()).toBe('');
  expect(plain.err()).toContain('error E_INTERNAL: up ended without an answer');
  const json = testHost(['smoke', '--json']);
  expect(tellUnanswered(json)).toBe(1);
  expect(envelopeIn(json.out())).toMatchObject({ command: 'smoke', status: 'failed', error: { code: 'E_INTERNAL' } });
});
