import { describe, expect, it } from 'vitest';
import { startAdapter, withoutSecrets } from '../../../src/programs/failover-writer/adapter-process.ts';
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
      { id: 2, type: 'ok', error: '' },
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

  it('that says no end of a line is given up, and so is a text of any length', async () => {
    const endless = start('read -r a; head -c 70000 /dev/zero | tr "\\0" x; cat');
    expect(await endless.ready).toBeUndefined();
    expect(endless.problem()).toMatch(/a line of more than 65536 bytes/);
    const long = 'y'.repeat(5000);
    const script = `read -r a; echo '{"ready":true,"client":"${long}"}'; read -r a
      echo '{"id":1,"type":"info","error":"${long}"}'; cat >/dev/null`;
    const adapter = start(script);
    expect((await adapter.ready)?.client).toHaveLength(61);
    expect((await adapter.ask(ORDER))?.error).toHaveLength(201);
    adapter.close();
  });

  it('takes null for what is not there, as serializers write it', async () => {
    const adapter = start(
      `read -r a; echo '{"ready":true,"client":"x","version":null}'; read -r a; echo '{"id":1,"type":"ok","error":null}'; cat`,
    );
    await adapter.ready;
    expect(await adapter.ask(ORDER)).toMatchObject({ id: 1, type: 'ok' });
    adapter.close();
  });

  it.each([
    ['as it is', 'my geheim', 'my ***'],
    ['as JSON has it', JSON.stringify('ge"heim\\n'), '"***"'],
    ['with a shorter one that it begins with', 'geheim geheimnis', '*** ***'],
  ])('a secret is left out %s', (_, text, shown) => {
    expect(withoutSecrets(text, ['geheim', 'ge"heim\\n', 'geheimnis'])).toBe(shown);
  });

  it('that repeats a password in an answer does not bring it into the history', async () => {
    const adapter = start(
      `read -r a; echo '{"ready":true,"client":"geheim"}'; read -r a; echo '{"id":1,"type":"info","error":"AUTH geheim"}'; cat`,
    );
    expect((await adapter.ready)?.client).toBe('***');
    expect((await adapter.ask(ORDER))?.error).toBe('AUTH ***');
    adapter.close();
    // Nor a part of one, where its text is shortened.
    const text = 'z'.repeat(197);
    const long = start(
      `read -r a; echo '{"ready":true,"client":"x"}'; read -r a; echo '{"id":1,"type":"info","error":"${text}geheim"}'; cat`,
    );
    await long.ready;
    expect((await long.ask(ORDER))?.error).toBe(`${text}***`);
    long.close();
    const loop = start('read -r a; for i in $(seq 3000); do echo geheim >&2; done; exit 3');
    await loop.ready;
    expect(loop.problem()).toMatch(/^it has ended \(exit code 3\): …/);
    expect(loop.problem()?.replaceAll(/[*\s…]/g, '')).toBe('ithasended(exitcode3):');
  });

  it('is told what it said last, also without the end of a line', async () => {
    const adapter = start(`read -r a; printf '{"ready":true,"client":"x"}'`);
    expect((await adapter.ready)?.client).toBe('x');
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
    expect([undefined, { id: 1, type: 'ok', error: '' }]).toContainEqual(await first);
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
