import { describe, expect, it } from 'vitest';
import { startAdapter } from '../../../src/programs/failover-writer/adapter-process.ts';
import { waitFor } from '../../support/wait-for.ts';

const HELLO = { protocol: 1, sentinels: [], group: 'm', addresses: {}, options: {}, password: 'geheim' } as const;
const READY = '{"ready":true,"client":"x","version":"1.2"}';
const ORDER = { id: 1, op: 'rpush', key: 'k', value: '1' } as const;

const start = (script: string) =>
  startAdapter({ command: ['/bin/sh', '-c', script], folder: '/tmp' }, HELLO, ['geheim']);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the adapter of a client', () => {
  it('is told where the servers are, and answers each write once, in any order', async () => {
    const script = `read -r hello; echo '${READY}'; read -r a; read -r b
      echo '{"id":2,"type":"ok"}'; echo '{"id":1,"type":"info","error":"late"}'; cat >/dev/null`;
    const adapter = start(script);
    expect(await adapter.ready).toEqual({ ready: true, client: 'x', version: '1.2' });
    const both = [adapter.ask(ORDER), adapter.ask({ ...ORDER, id: 2 })];
    expect(await Promise.all(both)).toEqual([
      { id: 1, type: 'info', error: 'late' },
      { id: 2, type: 'ok' },
    ]);
    adapter.close();
    expect(adapter.problem()).toBeUndefined();
  });

  it.each([
    ['cannot be started', '', /it has ended \(exit code 0\)/],
    ['ends at once', 'echo why >&2; exit 3', /it has ended \(exit code 3\): why/],
    ['is killed', 'kill -9 $$', /it has ended \(SIGKILL\)/],
    ['says something else first', 'echo hello; cat', /its first line does not say that it is ready: hello/],
    ['says too little first', `echo '{"ready":false}'; cat`, /does not say that it is ready/],
  ])('that %s never becomes ready', async (_, script, problem) => {
    const adapter = start(script);
    expect(await adapter.ready).toBeUndefined();
    expect(adapter.problem()).toMatch(problem);
    expect(await adapter.ask(ORDER)).toBeUndefined();
  });

  it('that repeats a password does not do so in what it is said to have done', async () => {
    const adapter = start('read -r hello; echo "$hello"; cat');
    await adapter.ready;
    expect(adapter.problem()).toMatch(/"password":"\*\*\*"/);
  });

  it.each([
    ['ends', 'read -r a; exit 4', /it has ended \(exit code 4\)/],
    ['says nonsense', 'read -r a; echo x; cat', /a line that answers no write: x/],
    ['answers twice', `read -r a; echo '{"id":1,"type":"ok"}'; echo '{"id":1,"type":"ok"}'; cat`, /answers no write/],
    ['answers what nobody asked', `read -r a; echo '{"id":9,"type":"ok"}'; cat`, /answers no write/],
  ])('that %s later leaves what it did not answer without an answer, and says why', async (_, script, problem) => {
    const adapter = start(`read -r hello; echo '${READY}'; ${script}`);
    await adapter.ready;
    const [first, second] = [adapter.ask(ORDER), adapter.ask({ ...ORDER, id: 2 })];
    expect([undefined, { id: 1, type: 'ok' }]).toContainEqual(await first);
    expect(await second).toBeUndefined();
    await waitFor('the problem', () => adapter.problem() !== undefined);
    expect(adapter.problem()).toMatch(problem);
  });

  it('ends with everything that it has started, also with what does not listen', async () => {
    const adapter = start(`trap '' TERM HUP; sleep 1000 & echo '{"ready":true,"client":"'$!'"}'; cat >/dev/null; wait`);
    const pid = Number((await adapter.ready)?.client);
    expect(isAlive(pid)).toBe(true);
    adapter.close();
    await waitFor('its end', () => !isAlive(pid));
  });
});
