import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { errorText } from '../../errors.ts';
import type { ClientAdapter } from '../../stack/contract/failover.ts';
import {
  type Answer,
  answerSchema,
  type Hello,
  type Order,
  type Ready,
  readySchema,
} from '../failover-client/protocol/adapter.ts';

/** The process of an adapter. */
export interface Adapter {
  /** Undefined: it has ended, or has said something else. */
  readonly ready: Promise<Ready | undefined>;
  /** Undefined: it has ended without an answer. */
  ask(order: Order): Promise<Answer | undefined>;
  /** Why it cannot be asked any more; undefined: it can, or it was closed. */
  problem(): string | undefined;
  /** Ends it, with all processes that it has started. */
  close(): void;
}

/** What it wrote last to standard error is a part of why it has ended. More is kept, so that no password is cut in two. */
const SHOWN_CHARACTERS = 2000;
const KEPT_CHARACTERS = 2 * SHOWN_CHARACTERS;
/** An answer has a fraction of that. */
const LONGEST_LINE = 65_536;

/** @param secrets are not in what it says that went wrong. */
export function startAdapter({ command, folder }: ClientAdapter, hello: Hello, secrets: readonly string[]): Adapter {
  const [program, ...args] = command;
  // A process group of its own: what a shell has started ends with it, and an interrupt from the keyboard is not for it.
  const child = spawn(program, args, { cwd: folder, stdio: 'pipe', detached: true });
  const waiting = new Map<number, (answer: Answer | undefined) => void>();
  const ready = firstOf<Ready | undefined>();
  let isClosed = false;
  let problem: string | undefined;

  const end = (): void => {
    if (isClosed) return;
    isClosed = true;
    endGroup(child);
    ready.settle(undefined);
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
  };
  const giveUp = (why: string): void => {
    if (isClosed) return;
    problem = cut(withoutSecrets(why, secrets));
    end();
  };
  const titled = ({ client, version, ...rest }: Ready): Ready => ({
    ...rest,
    client: withoutSecrets(client, secrets),
    version: version && withoutSecrets(version, secrets),
  });
  const take = (line: string): void => {
    if (isClosed) return;
    const first = ready.isSettled() ? undefined : parsed(readySchema, line);
    const answer = ready.isSettled() ? parsed(answerSchema, line) : undefined;
    const resolve = answer && waiting.get(answer.id);
    if (first !== undefined) ready.settle(titled(first));
    else if (resolve !== undefined && answer !== undefined) {
      waiting.delete(answer.id);
      resolve({ ...answer, error: withoutSecrets(answer.error ?? '', secrets) });
    } else if (ready.isSettled()) giveUp(`it said a line that answers no write: ${line}`);
    else giveUp(`its first line does not say that it is ready: ${line}`);
  };

  process.on('exit', end);
  whenEnded(child, giveUp);
  onLines(child.stdout, take, () => giveUp(`it said a line of more than ${LONGEST_LINE} bytes`));
  child.stdin.write(`${JSON.stringify(hello)}\n`);
  return {
    ready: ready.promise,
    ask: (order) => {
      if (isClosed) return Promise.resolve(undefined);
      child.stdin.write(`${JSON.stringify(order)}\n`);
      return new Promise((resolve) => waiting.set(order.id, resolve));
    },
    problem: () => problem,
    close: end,
  };
}

/** A promise that is settled from outside; the first time counts. */
function firstOf<T>() {
  let settled = false;
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((first) => {
    resolve = first;
  });
  return {
    promise,
    isSettled: () => settled,
    settle: (value: T): void => {
      settled = true;
      resolve(value);
    },
  };
}

function whenEnded(child: ChildProcessWithoutNullStreams, giveUp: (why: string) => void): void {
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said = `${said}${bytes}`.slice(-KEPT_CHARACTERS);
  });
  // What it does not read any more when it has ended.
  child.stdin.on('error', () => undefined);
  child.once('error', (error) => giveUp(`it cannot be started: ${errorText(error)}`));
  child.once('close', (code, signal) => {
    const how = signal ?? `exit code ${code}`;
    giveUp(`it has ended (${how})${said === '' ? '' : `: ${said.trim()}`}`);
  });
}

function endGroup({ pid, stdin }: ChildProcessWithoutNullStreams): void {
  stdin.destroy();
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of them have ended.
  }
}

function parsed<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

/** Ends at the first line that is too long: what never says an end must not fill the memory. */
function onLines(input: Readable, onLine: (line: string) => void, onTooLong: () => void): void {
  let rest = '';
  input.setEncoding('utf8');
  input.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length <= LONGEST_LINE) return;
    input.destroy();
    onTooLong();
  });
}

function cut(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `…${text.slice(-SHOWN_CHARACTERS)}`;
}

/** As they are, and as JSON has them; the longer ones first, of which a shorter one may be a part. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms.toSorted((a, b) => b.length - a.length).reduce((left, secret) => left.replaceAll(secret, '***'), text);
}
