/** Histories of registers and counters in a group that is made up, and what really became of each write. */
import fc from 'fast-check';
import type { WriteRecord } from '../../src/stack/contract/failover.ts';

/** What happens next in a made-up group: a write that is answered, applied without an answer, or neither; or a failover. */
export type Happening = 'acked' | 'applied' | 'vanished' | 'refused' | { readonly failoverLoses: number };

/** A group with one master at a time, whose replica lacks the last of the writes when it takes over. */
/** @param latencies of the writes in turn, in ms; one leaves every 10 ms, and answers come in the order of the writes. */
export function played(
  shape: 'register' | 'counter',
  happenings: readonly Happening[],
  latencies: readonly number[] = [1],
) {
  const history: WriteRecord[] = [];
  const applied: number[] = [];
  let master = 1;
  for (const what of happenings) {
    if (typeof what === 'object') {
      applied.splice(Math.max(0, applied.length - what.failoverLoses));
      master += 1;
      continue;
    }
    const value = history.length + 1;
    const at = value * 10;
    const answeredAt = Math.max(at + (latencies[value % latencies.length] ?? 1), history.at(-1)?.completed ?? 0);
    const times = { value, intended: at, invoked: at, completed: answeredAt };
    const before = applied.at(-1) ?? 0;
    if (what === 'acked' || what === 'applied') applied.push(value);
    const answer = shape === 'register' ? before : applied.length;
    if (what === 'acked') history.push({ ...times, outcome: 'acked', node: `redis-${master}`, answer });
    else history.push({ ...times, outcome: what === 'refused' ? 'failed' : 'unknown', error: 'E' });
  }
  const values = shape === 'register' ? applied.slice(-1) : [applied.length];
  const isLost = ({ outcome, value }: WriteRecord): boolean => outcome === 'acked' && !applied.includes(value);
  const lost = history.filter(isLost).map(({ value }) => value);
  return { history, finalRead: { node: `redis-${master}`, values }, lost, applied };
}

export const failover = fc
  .oneof(fc.constant(0), fc.integer({ min: 1, max: 8 }))
  .map((failoverLoses): Happening => ({ failoverLoses }));
export const answered = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<Happening>('acked', 'acked', 'vanished', 'refused') },
  { weight: 1, arbitrary: failover },
);
export const any = fc.oneof(
  { weight: 6, arbitrary: answered },
  { weight: 1, arbitrary: fc.constant<Happening>('applied') },
);
export const story = (happening: fc.Arbitrary<Happening>) => fc.array(happening, { minLength: 1, maxLength: 150 });
export const latencies = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });
