/** `stackctl migrate` as a process that is killed (kill -9) at one of its messages to the server, and what the next one makes of it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readJsonIfThere } from '../../src/lib/files.ts';
import { isAlive, type ProcessIdentity } from '../../src/lib/process-identity.ts';
import { STACKCTL } from './cli.ts';
import { freePorts } from './free-ports.ts';
import { type Envelope, ok, openPlace } from './project.ts';
import { type Moment, openStoppingHttpProxy, openStoppingProxy } from './stopping-proxy.ts';
import { waitFor } from './wait-for.ts';

export type Rows = readonly Readonly<Record<string, unknown>>[];

/** What the server of a kind is asked behind the back of stackctl. */
export interface ServerSide {
  /** Runs statements; the rows of the last one. */
  sql(text: string): Promise<Rows>;
  /** The state of the file in the ledger, with a plus behind it for its down part; undefined: none. */
  state(): Promise<string | undefined>;
  /** Locks, sessions and the like of runs that are gone, in words. */
  leftBy(): Promise<readonly string[]>;
}

export interface ShopKind {
  readonly kind: 'postgres' | 'clickhouse';
  /** Name of the port that migrations use. */
  readonly port: string;
  readonly ports: number;
  readonly open: (to: number) => ReturnType<typeof openStoppingProxy>;
  readonly serverAt: (port: number) => ServerSide;
  /** What the message has in it that takes the lock. */
  readonly takesLock: string;
}

/** The one file of the project: `up` and `down` of it are what is killed. */
export interface KilledFile {
  readonly text: string;
  /** Statements that the server has before the file. */
  readonly before: readonly string[];
  /** What the file makes is taken away, and so is the ledger. */
  readonly reset: string;
  /** Questions, and the answers once it is applied, and once it is taken back. */
  readonly made: Readonly<Record<string, Rows>>;
  readonly gone: Readonly<Record<string, Rows>>;
  /** What a person looks at where a hint asks whether a statement is in effect: the first words of the statement -> question. */
  readonly seen: Readonly<Record<string, string>>;
}

export const FILE = '0001_shop';

/** A project whose only service runs, and whose connections go through a proxy. */
export async function openShop({ kind, port, ports, open, serverAt, takesLock }: ShopKind) {
  const place = await openPlace(STACKCTL, 'shop', 'process');
  const first = await freePorts(ports);
  const folder = join(place.folder, 'shop');
  await mkdir(join(folder, 'migrations/db'), { recursive: true });
  await writeFile(join(folder, 'stack.yaml'), stackText(kind, port, first));
  ok(await place.json(['up', './shop', '--runtime', 'process', '--no-migrate']));
  const proxy = await open(first);
  // The client's address is what is recorded: the next commands take the proxy for the server.
  const record = await readFile(place.paths.record, 'utf8');
  const changed = JSON.parse(record);
  changed.ports['db-1'][port] = proxy.port;
  await writeFile(place.paths.record, JSON.stringify(changed));
  return {
    place,
    proxy,
    server: serverAt(first),
    takesLock,
    write: (text: string) => writeFile(join(folder, `migrations/db/${FILE}.sql`), text),
    [Symbol.asyncDispose]: async () => {
      await writeFile(place.paths.record, record);
      await proxy[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

type Shop = Awaited<ReturnType<typeof openShop>>;

function stackText(kind: string, port: string, number: number): string {
  return `stack: shop
description: A database and its migrations
values:
  password: { type: secret, default: shop_pass, description: Password of the database }
services:
  db:
    kind: ${kind}
    image: ${kind}
    ports: { ${port}: ${number}${kind === 'clickhouse' ? `, native: ${number + 1}` : ''} }
    options: { database: shop, user: shop, password: "{{password}}" }
migrations:
  db: migrations/db
`;
}

const WORDS = { up: ['migrate', 'up'], down: ['migrate', 'down', '--yes'] } as const;

/** The server as it is before the verb. */
export async function prepare(
  { server, place, proxy, write }: Shop,
  file: KilledFile,
  verb: 'up' | 'down',
): Promise<void> {
  proxy.arm();
  await write(file.text);
  await server.sql(file.reset);
  for (const statement of file.before) await server.sql(statement);
  if (verb === 'down') ok(await place.json(WORDS.up));
}

/** Kills the verb at its message number `at`. @returns false: it has sent fewer. */
export async function killAt(
  { place, proxy }: Shop,
  verb: 'up' | 'down',
  at: number,
  moment: Moment,
): Promise<boolean> {
  let isStopped = false;
  const running = place.begin(WORDS[verb]);
  proxy.arm(at, moment, () => {
    isStopped = true;
    running.child.kill('SIGKILL');
  });
  const { code, out, err } = await running.ended;
  if (!isStopped) expect({ at, code, out, err }).toMatchObject({ code: 0 });
  return isStopped;
}

/** Runs the verb again until it has succeeded, with what its hints say in between, and looks at all that is there then. */
export async function goOn(shop: Shop, file: KilledFile, verb: 'up' | 'down'): Promise<readonly string[]> {
  const { place, proxy, server } = shop;
  proxy.arm();
  const told: string[] = [];
  if (verb === 'down') told.push(...(await refusedUp(shop)));
  for (let attempt = 1; ; attempt++) {
    const answer = await place.json(WORDS[verb]);
    if (answer.code === 0) break;
    const said = JSON.stringify(answer.error);
    expect(attempt, said).toBeLessThan(4);
    told.push(...(await follow(shop, file, answer)));
  }
  const wanted = verb === 'up' ? file.made : file.gone;
  for (const [question, rows] of Object.entries(wanted))
    expect({ question, rows: await server.sql(question) }).toEqual({ question, rows });
  expect(await server.state()).toBe(verb === 'up' ? 'applied' : 'reverted');
  await waitFor('nothing to be left', async () => (await server.leftBy()).length === 0).catch(() => undefined);
  expect(await server.leftBy()).toEqual([]);
  expect(await isHeld(place.paths.lock)).toBe(false);
  return told;
}

/** The lock of the project. One of a process that has ended binds nobody; a verb that finds nothing to do leaves it there. */
async function isHeld(path: string): Promise<boolean> {
  const holder = (await readJsonIfThere(path)) as ProcessIdentity | undefined;
  return holder !== undefined && isAlive(holder);
}

/** A file that is taken back in part keeps `up` from running, and the command that it names first goes on. */
async function refusedUp({ place, server }: Shop): Promise<readonly string[]> {
  if ((await server.state())?.endsWith('+') !== true) return [];
  const [service] = ok(await place.json(['migrate', 'status'])).data.services;
  const [pending] = service.pending;
  const { error } = await place.json(WORDS.up);
  expect(error).toMatchObject({
    code: 'E_MIGRATION_UNAVAILABLE',
    message: expect.stringContaining('its down part stopped'),
    hint: pending.next,
  });
  const [down = '', ...marks] = commandsIn(pending.next);
  expect(down).toBe('stackctl migrate down');
  for (const mark of marks) expect((await place.json([...wordsOf(mark), '--dry-run'])).code, mark).toBe(0);
  return ['up was refused'];
}

/** Runs the command of a hint that is true, word for word. */
async function follow(
  { place, server }: Shop,
  { text, seen }: KilledFile,
  { error }: Envelope,
): Promise<readonly string[]> {
  const hint = error?.hint ?? '';
  const said = JSON.stringify(error);
  const ways = commandsIn(hint).filter((command) => command.includes(' --statements-done '));
  const numbers = ways.map((way) => Number(/=(\d+)$/.exec(way)?.[1]));
  const [index = -1, behind] = numbers.toSorted((a, b) => a - b);
  expect([ways.length, behind], said).toEqual([2, index + 1]);
  const lineNumber = /\.sql:(\d+):\d+: /.exec(error?.message ?? '')?.[1];
  const line = text.split('\n')[Number(lineNumber) - 1]?.trim() ?? '';
  const [, question] = Object.entries(seen).find(([words]) => line.startsWith(words)) ?? [];
  expect(question, `nothing to look at for "${line}": ${said}`).toBeDefined();
  const isDone = (await server.sql(question ?? '')).length > 0;
  const way = ways.find((one) => one.endsWith(`=${isDone ? index + 1 : index}`)) ?? '';
  ok(await place.json([...wordsOf(way), '--yes']));
  return [way];
}

function commandsIn(hint: string): readonly string[] {
  return [...hint.matchAll(/`(stackctl [^`]+)`/g)].map(([, command = '']) => command);
}

const wordsOf = (command: string): readonly string[] => command.split(' ').slice(1);

export interface KillOptions {
  readonly verb: 'up' | 'down';
  readonly from?: number;
  readonly stride?: number;
  readonly moments?: readonly Moment[];
}

/**
 * Kills the verb at its messages from the one on that takes the lock, once the server has answered. Messages follow one
 * another, so that this is also before the next one.
 * @param options `from`: another first message; `stride`: not every message; `moments`: also before each.
 * @returns how often, and what was told.
 */
export async function killEverywhere(
  shop: Shop,
  file: KilledFile,
  { verb, from, stride = 1, moments = ['after'] }: KillOptions,
) {
  const told: string[] = [];
  let killed = 0;
  await prepare(shop, file, verb);
  await killAt(shop, verb, Number.POSITIVE_INFINITY, 'before');
  const first = shop.proxy.numberOf(shop.takesLock);
  expect(first).toBeGreaterThan(1);
  for (let at = from ?? first; ; at += stride) {
    for (const moment of moments) {
      await prepare(shop, file, verb);
      if (!(await killAt(shop, verb, at, moment))) return { killed, told };
      killed++;
      try {
        told.push(...(await goOn(shop, file, verb)));
      } catch (error) {
        throw new Error(`${verb}, message ${at}, ${moment}`, { cause: error });
      }
    }
  }
}

export const POSTGRES: Omit<ShopKind, 'serverAt'> = {
  ...{ kind: 'postgres', port: 'postgres', ports: 1, takesLock: 'pg_try_advisory_lock' },
  open: openStoppingProxy,
};
export const CLICKHOUSE: Omit<ShopKind, 'serverAt'> = {
  ...{ kind: 'clickhouse', port: 'http', ports: 2, takesLock: 'stackctl_migrations_lock' },
  open: openStoppingHttpProxy,
};
