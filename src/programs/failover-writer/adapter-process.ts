import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { errorText } from '../../errors.ts';
import { killGroup } from '../../lib/process-group.ts';
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
  /** Of its group of processes too; undefined: it could not be started. */
  readonly pid: number | undefined;
  /** Undefined: it has ended, or has said something else. */
  readonly ready: Promise<Ready | undefined>;
  /** Undefined: it has ended without an answer. */
  ask(order: Order): Promise<Answer | undefined>;
  /** Why it cannot be asked any more; undefined: it can, or it was closed. */
  problem(): string | undefined;
  /** Ends it, with all processes that it has started. */
  close(): void;
}

/** What it wrote last to standard error is a part of why it has ended. */
const SHOWN_CHARACTERS = 2000;
const KEPT_CHARACTERS = 4 * SHOWN_CHARACTERS;
/** Of an error, and of the name and the version of a client: some have whole responses in them. */
const [LONGEST_ERROR, LONGEST_NAME] = [200, 60];
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
  /** Secrets first: half a password would be left of one that is cut. */
  const upTo = (length: number, text: string): string => startOf(withoutSecrets(text, secrets), length);
  const giveUp = (why: string): void => {
    if (isClosed) return;
    problem = why;
    end();
  };
  const titled = ({ client, version, ...rest }: Ready): Ready => ({
    ...rest,
    client: upTo(LONGEST_NAME, client),
    version: version && upTo(LONGEST_NAME, version),
  });
  const take = (line: string): void => {
    if (isClosed) return;
    const first = ready.isSettled() ? undefined : parsed(readySchema, line);
    const answer = ready.isSettled() ? parsed(answerSchema, line) : undefined;
    const resolve = answer && waiting.get(answer.id);
    if (first !== undefined) ready.settle(titled(first));
    else if (resolve !== undefined && answer !== undefined) {
      waiting.delete(answer.id);
      resolve({ ...answer, error: upTo(LONGEST_ERROR, answer.error ?? '') });
    } else if (ready.isSettled()) giveUp(`it said a line that answers no write: ${upTo(LONGEST_ERROR, line)}`);
    else giveUp(`its first line does not say that it is ready: ${upTo(LONGEST_ERROR, line)}`);
  };

  process.on('exit', end);
  whenEnded(child, secrets, giveUp);
  onLines(child.stdout, take, () => giveUp(`it said a line of more than ${LONGEST_LINE} bytes`));
  child.stdin.write(`${JSON.stringify(hello)}\n`);
  return {
    pid: child.pid,
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

function whenEnded(
  child: ChildProcessWithoutNullStreams,
  secrets: readonly string[],
  giveUp: (why: string) => void,
): void {
  let said = '';
  let isCut = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    isCut ||= said.length > KEPT_CHARACTERS;
    said = said.slice(-KEPT_CHARACTERS);
  });
  // What it does not read any more when it has ended.
  child.stdin.on('error', () => undefined);
  child.once('error', (error) => giveUp(`it cannot be started: ${errorText(error)}`));
  child.once('close', (code, signal) => {
    // Its first characters may be the rest of a secret.
    const longest = secrets.reduce((most, secret) => Math.max(most, JSON.stringify(secret).length), 0);
    const whole = isCut ? said.slice(longest) : said;
    const shown = endOf(withoutSecrets(whole, secrets).trim(), SHOWN_CHARACTERS);
    giveUp(`it has ended (${signal ?? `exit code ${code}`})${shown === '' ? '' : `: ${shown}`}`);
  });
}

function endGroup({ pid, stdin }: ChildProcessWithoutNullStreams): void {
  stdin.destroy();
  if (pid !== undefined) killGroup(pid);
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
  input.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

function startOf(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

function endOf(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(-length)}`;
}

/** As they are, and as JSON has them; the longer ones first, of which a shorter one may be a part. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms.toSorted((a, b) => b.length - a.length).reduce((left, secret) => left.replaceAll(secret, '***'), text);
}
