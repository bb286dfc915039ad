import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCENARIOS, WORKLOADS } from '../../../src/commands/failover-scenarios.ts';
import { faults } from '../../../src/kinds/sentinel/failover/faults.ts';
import { workloads } from '../../../src/kinds/sentinel/failover/own-writer.ts';
import { scenarios } from '../../../src/kinds/sentinel/failover/scenarios/index.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { FailoverInput } from '../../../src/stack/contract/scenario.ts';
import { ROOT } from '../../support/cli.ts';

/** A group of this shape. */
function group(servers: number, sentinels: number, quorum: number, password?: Secret): FailoverInput {
  const some = (service: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `${service}-${index + 1}` }));
  const service = {
    ...{ name: 'sentinel', monitors: 'redis', instances: some('sentinel', sentinels) },
    options: { quorum, downAfterMs: 5000, failoverTimeoutMs: 30_000, detection: 'normal' },
  };
  const redis = {
    name: 'redis',
    instances: some('redis', servers),
    kind: { replicated: { password: () => password } },
  };
  const stack = { services: [redis, service] };
  return { stack, service } as unknown as FailoverInput;
}

const refusedFor = (servers: number, sentinels: number, quorum: number) => {
  return refusedIn(group(servers, sentinels, quorum, new Secret('password')));
};

/** Of those that are for this product at all. */
const refusedIn = (input: FailoverInput) =>
  scenarios
    .filter(({ stranger, refusal }) => stranger?.(input) === undefined && refusal?.(input) !== undefined)
    .map(({ name }) => name);

describe('the scenarios of a Sentinel group', () => {
  it('are those that completion offers, each once', () => {
    expect(scenarios.map(({ name }) => name)).toEqual(SCENARIOS);
    expect(new Set(SCENARIOS).size).toBe(SCENARIOS.length);
  });

  it('are played beside what can be written beside the list, which completion offers too', () => {
    expect([...Object.keys(workloads), 'all']).toEqual(WORKLOADS);
  });

  it('stand in the table of the docs, and nothing else does', () => {
    const text = readFileSync(`${ROOT}/docs/failover.md`, 'utf8');
    const begin = text.indexOf('| scenario |');
    const rows = text.slice(begin, text.indexOf('\n\n', begin)).split('\n').slice(2);
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name));
    expect(named.toSorted()).toEqual(SCENARIOS.toSorted());
  });

  it('have a summary of one line, and a fault or something that they trigger', () => {
    for (const { name, summary } of scenarios) expect({ name, length: summary.length }).toMatchObject({ name });
    expect(scenarios.filter(({ summary }) => summary.length > 120)).toEqual([]);
  });

  it('have names for faults by protocol that no runtime uses', () => {
    expect(Object.keys(faults).filter((name) => /^(kill|pause|stop|partition|cut|loss|read-only)$/.test(name))).toEqual(
      [],
    );
  });

  it('have to fail where they are known to be bad, which is all that the self-test tries', () => {
    const known = scenarios.filter(({ isKnownBad }) => isKnownBad === true).map(({ name }) => name);
    expect(known).toEqual(['planned', 'bad-quorum', 'bad-priority', 'bad-down-after', 'bad-persistence']);
  });

  it('can all be tried on three servers and three Sentinels', () => {
    expect(refusedFor(3, 3, 2)).toEqual([]);
    expect(refusedFor(5, 5, 3)).toEqual([]);
  });

  it('that would say nothing about a smaller group are refused for it', () => {
    const oneSentinelLess = [
      ...['partition-master', 'sentinel-kill', 'host-loss'],
      ...[
        'leader-crash-after-election',
        'leader-crash-after-promotion',
        'sentinel-pause',
        'stale-config',
        'readonly-config',
        'auth-drift',
      ],
    ];
    expect(refusedFor(3, 3, 3)).toEqual(oneSentinelLess);
    expect(refusedFor(3, 2, 2)).toEqual(oneSentinelLess);
    expect(refusedFor(2, 3, 2)).toEqual(['replica-kill', 'replica-hang', 'cascade', 'bad-down-after']);
    expect(refusedFor(3, 1, 1)).toContain('quorum-lost');
    expect(refusedFor(3, 1, 1)).toContain('planned-express');
    expect(refusedIn(group(3, 3, 2))).toEqual(['auth-drift']);
  });

  it('are for every product, but for what only Valkey has', () => {
    const redis = group(3, 3, 2);
    expect(scenarios.filter(({ stranger }) => stranger?.(redis) !== undefined).map(({ name }) => name)).toEqual([
      'planned-coordinated',
    ]);
  });
});
