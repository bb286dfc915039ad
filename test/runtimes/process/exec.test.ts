import { Readable, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { execOnHost } from '../../../src/runtimes/process/exec.ts';

const ENV = { PATH: process.env.PATH };

function run(argv: readonly [string, ...string[]], input?: string, signal = new AbortController().signal) {
  let out = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      out += String(chunk);
      done();
    },
  });
  const stdin = input === undefined ? undefined : Readable.from([input]);
  const options = { environment: { WORD: 'hi' }, tty: true, stdin, stdout, stderr: stdout, signal };
  return execOnHost('/', argv, ENV, options).then((code) => ({ code, out }));
}

it('gives input and environment, returns output and exit code', async () => {
  expect(await run(['sh', '-c', 'cat; echo $WORD; pwd; exit 3'], 'in\n')).toEqual({ code: 3, out: 'in\nhi\n/\n' });
});

it('does not wait for input that nobody reads', async () => {
  expect(await run(['true'], 'x'.repeat(200_000))).toEqual({ code: 0, out: '' });
});

it('returns 128 + n for signal n', async () => {
  expect(await run(['sh', '-c', 'kill -9 $$'])).toEqual({ code: 137, out: '' });
});

it('names a program that is not there', async () => {
  await expect(run(['no-such-program'])).rejects.toMatchObject({ code: 'E_BINARY_MISSING' });
});

it('ends the program when it is interrupted', async () => {
  const stop = new AbortController();
  const running = run(['sleep', '1000'], undefined, stop.signal);
  setTimeout(() => stop.abort(new Error('interrupted')), 20);
  await expect(running).rejects.toThrow('interrupted');
});
