import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Host } from '../../src/host/host.ts';

export interface TestHost extends Host {
  readonly out: () => string;
  readonly err: () => string;
  readonly exits: readonly number[];
}

export interface TestHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly tty?: boolean;
  readonly input?: string;
  /** The input has no end. */
  readonly endless?: boolean;
}

/** A process for `main` that lives in memory. */
export function testHost(argv: readonly string[], options: TestHostOptions = {}): TestHost {
  const { env = {}, cwd = '/', tty = false, input, endless = false } = options;
  const stdout = collector(tty);
  const stderr = collector(tty);
  const stdin = Object.assign(endless ? new PassThrough() : Readable.from(input === undefined ? [] : [input]), {
    isTTY: tty,
  });
  const exits: number[] = [];
  return {
    argv,
    env,
    cwd: () => cwd,
    stdin: () => stdin,
    stdout,
    stderr,
    events: new EventEmitter(),
    exit: (code) => exits.push(code),
    exits,
    out: () => stdout.text(),
    err: () => stderr.text(),
  };
}

function collector(isTTY: boolean): Writable & { readonly isTTY: boolean; readonly text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return Object.assign(stream, { isTTY, text: () => text });
}
