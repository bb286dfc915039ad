import { describe, expect, it } from 'vitest';
import { clientsFor, clientsNamed, type NamingInput } from '../../../src/failover/clients/wish.ts';
import type { FailoverInput } from '../../../src/stack/contract/scenario.ts';

const input: NamingInput = {
  capability: {
    clients: { ioredis: () => ['node', 'adapter.js'] },
    workloads: { set: { data: 'set' }, counter: { data: 'counter' } },
    writerProblem: (_, options) => (Object.hasOwn(options, 'wait') ? undefined : 'knows only wait'),
  },
  target: {} as FailoverInput,
  folder: '/folder',
};
const named = (...wishes: readonly string[]) => clientsNamed(wishes, input);

describe('the clients that are named', () => {
  it('are a library with its options, or a command; the own writer is there anyway', () => {
    const [plain, tuned, own, second] = named(
      'ioredis',
      'raw',
      'ioredis?a=1&b.c=text&b.d=[true]&e=%26&f',
      'exec: python3 a.py "x y"',
      'raw?wait=1',
    );
    const adapter = { command: ['node', 'adapter.js'], folder: '/folder' };
    expect(plain).toEqual({ name: 'ioredis', adapter, options: {} });
    expect(tuned?.options).toEqual({ a: 1, b: { c: 'text', d: [true] }, e: '&', f: true });
    expect(own?.adapter).toEqual({ command: ['/bin/sh', '-c', 'python3 a.py "x y"'], folder: '/folder' });
    expect(second).toEqual({ name: 'raw?wait=1', options: { wait: 1 } });
  });

  it.each([
    ['nope', /there is no client nope/],
    ['', /there is no client/],
    ['toString', /there is no client toString/],
    ['raw?a=1', /raw\?a=1: knows only wait/],
    ['exec:', /names no command/],
    ['exec:  ', /names no command/],
    ['ioredis?a=1&a=2', /a is given twice/],
    ['ioredis?a=1&a.b=2', /a\.b is given twice/],
    ['ioredis?a.b=1&a=2', /a is given twice/],
    ['ioredis?a..b=1', /a\.\.b is no option/],
    ['ioredis?=1', /an option without a name is no option/],
    ['ioredis?__proto__.x=1', /__proto__\.x is no option/],
    ['ioredis?a.constructor.x=1', /a\.constructor\.x is no option/],
  ])('%j is refused', (wish, message) => {
    expect(() => named(wish)).toThrow(message);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it('are named once', () => {
    expect(() => named('ioredis', 'ioredis?a=1', 'ioredis')).toThrow(/--client ioredis is given twice/);
  });

  it('are also what is to be written beside the list, each once', () => {
    expect(clientsFor(['counter', 'set', 'counter'], input)).toEqual(['raw?data=counter', 'raw?data=set']);
    expect(clientsFor(['all'], input)).toEqual(['raw?data=set', 'raw?data=counter']);
    expect(clientsFor([], input)).toEqual([]);
    expect(() => clientsFor(['hash'], input)).toThrow('--workload hash: there is none');
    expect(() => clientsFor(['constructor'], input)).toThrow('--workload constructor: there is none');
  });
});
