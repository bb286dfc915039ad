import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type Host, runService } from '../../../packages/service-kit/src/run.ts';
import { setting, settingsSchema } from '../../../packages/service-kit/src/settings.ts';
import type { Stoppable } from '../../../packages/service-kit/src/shutdown.ts';
import { waitFor } from '../../support/wait-for.ts';

const schema = settingsSchema(3000, { TTL_S: setting.integer({ min: 1, max: 9 }).default(1) });

function started(env: Host['env'], start: () => Promise<readonly Stoppable[]>) {
  const events = new EventEmitter();
  const text = { stdout: '', stderr: '' };
  const exits: number[] = [];
  const into = (stream: keyof typeof text) => ({
    write: (more: string) => {
      text[stream] += more;
    },
  });
  const host: Host = {
    env,
    stdout: into('stdout'),
    stderr: into('stderr'),
    exit: (code) => exits.push(code),
    on: (event, listener) => events.on(event, listener as () => void),
  };
  const running = runService(host, { name: 'sample', settings: schema, start });
  const lines = (stream: keyof typeof text) =>
    text[stream]
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { running, lines, exits, signal: (name: string) => events.emit(name) };
}

test('wrong settings: one line on stderr, exit 2, nothing started', async () => {
  let ran = false;
  const { running, lines, exits } = started({ PORT: 'x', TTL_S: '10' }, async () => {
    ran = true;
    return [];
  });
  await running;
  expect(ran).toBe(false);
  expect(exits).toEqual([2]);
  expect(lines('stderr')).toMatchObject([
    { level: 'error', service: 'sample', variables: [{ variable: 'PORT' }, { variable: 'TTL_S' }] },
  ]);
});

test('SIGTERM stops the parts in order, also after a failure, and says so', async () => {
  const order: string[] = [];
  const part = (name: string, fails = false): Stoppable => ({
    name,
    stop: async () => {
      await new Promise(setImmediate);
      order.push(name);
      if (fails) throw new Error('no');
    },
  });
  const fine = started({}, async () => [part('server'), part('buffer')]);
  await fine.running;
  fine.signal('SIGTERM');
  await waitFor('the exit', () => fine.exits.length > 0);
  expect(order).toEqual(['server', 'buffer']);
  expect(fine.exits).toEqual([0]);

  const failing = started({}, async () => [part('server', true), part('redis')]);
  await failing.running;
  failing.signal('SIGINT');
  await waitFor('the exit', () => failing.exits.length > 0);
  expect(order.slice(2)).toEqual(['server', 'redis']);
  expect(failing.exits).toEqual([1]);
});

test('the deadline and a second signal end what hangs', async () => {
  const hanging = async (): Promise<readonly Stoppable[]> => [
    { name: 'server', stop: () => new Promise(() => undefined) },
  ];
  const late = started({ SHUTDOWN_TIMEOUT_MS: '20' }, hanging);
  await late.running;
  late.signal('SIGTERM');
  await waitFor('the exit', () => late.exits.length > 0);
  expect(late.exits).toEqual([1]);
  expect(late.lines('stdout')).toContainEqual(expect.objectContaining({ message: 'not everything stopped in time' }));

  const twice = started({ SHUTDOWN_TIMEOUT_MS: '60000' }, hanging);
  await twice.running;
  twice.signal('SIGTERM');
  twice.signal('SIGINT');
  expect(twice.exits).toEqual([130]);
});

test('a failed start is said, with its reason', async () => {
  const { running, exits, lines } = started({}, () => Promise.reject(new Error('port taken')));
  await running;
  expect(exits).toEqual([1]);
  expect(lines('stdout')).toMatchObject([
    { level: 'error', message: 'could not start', error: { message: 'port taken' } },
  ]);
});
