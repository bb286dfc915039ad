import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbiter } from '../../../src/kinds/sentinel/arbiter.ts';
import { bar, unbar } from '../../../src/kinds/sentinel/hand-over/bar.ts';
import type { HandOverStep } from '../../../src/stack/contract/arbiter.ts';
import type { Instance } from '../../../src/stack/contract/model.ts';
import { type MovedCluster, movedCluster } from '../../support/moved-cluster.ts';
import { type SentinelCluster, startSentinelCluster } from '../../support/sentinel-cluster.ts';
import { patience, waitFor } from '../../support/wait-for.ts';

type Input = Parameters<typeof arbiter.handOver>[0];

describe('a graceful hand-over that does not come to its end', () => {
  let cluster: SentinelCluster;
  let on: MovedCluster;
  beforeAll(async () => {
    cluster = await startSentinelCluster({ downAfterMs: 3000, minReplicas: 0 });
    on = movedCluster(cluster);
  });
  afterAll(() => cluster.close());

  const priorityOf = (instance: Instance): Promise<unknown> =>
    on.on(instance, async (client) => (await client.config('GET', 'replica-priority')) as unknown);

  const all = (master: string): readonly Instance[] => [on.server(master), ...on.others(master)];

  /** Interrupted as by Ctrl-C. Another replica than the one that is named is barred meanwhile. */
  const interrupted = async (when: (now: HandOverStep, interrupt: () => void) => void) => {
    const before = await on.steady();
    const [to] = on.others(before.instance);
    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    const onStep = (now: HandOverStep): void => when(now, () => controller.abort(reason));
    const signal = AbortSignal.any([controller.signal, patience()]);
    const wish = { mode: 'graceful', to, onStep } as const;
    await expect(arbiter.handOver(cluster.target as Input, wish, signal)).rejects.toBe(reason);
    for (const server of all(before.instance)) expect(await priorityOf(server)).toEqual(['replica-priority', '100']);
    return before;
  };

  it.each(['pause', 'catch-up', 'promote'] as const)(
    'interrupted at the step %s, before a Sentinel was asked: the master takes writes at once',
    async (step) => {
      const before = await interrupted((now, interrupt) => {
        if (now === step) interrupt();
      });
      // A pause that was left would hold it up for longer than a command is given.
      expect(await on.on(on.server(before.instance), (client) => client.set('after', step))).toBe('OK');
      expect(await on.steady()).toEqual(before);
    },
  );

  it('interrupted while the Sentinels move the master: they end it, and the new one takes writes', async () => {
    const before = await interrupted((now, interrupt) => {
      const isUnderWay = async () => (await on.views()).some(({ flags }) => flags.includes('failover_in_progress'));
      if (now === 'promote') void waitFor('a failover', isUnderWay).then(interrupt);
    });
    const after = await waitFor('the end of the failover', () =>
      on.steady().then(
        (primary) => (primary.epoch > before.epoch ? primary : undefined),
        () => undefined,
      ),
    );
    expect(after.instance).not.toBe(before.instance);
    expect(await on.on(on.server(after.instance), (client) => client.set('after', 'failover'))).toBe('OK');
    for (const server of all(after.instance)) {
      await waitFor('the write on every server', () =>
        on.on(server, async (client) => (await client.get('after')) === 'failover'),
      );
    }
  });

  it('a server that cannot have its priority back is named, with the command, and the others have theirs', async () => {
    const { instance } = await on.steady();
    const [first, second] = on.others(instance) as readonly [Instance, Instance];
    const priorities = new Map<Instance, string>();
    await bar(cluster.target as Input, [first, second], priorities);
    expect(await priorityOf(second)).toEqual(['replica-priority', '0']);
    await cluster.runtime.inject(first.name, 'kill');
    const warnings: string[] = [];
    await unbar(cluster.target as Input, priorities, (text) => warnings.push(text));
    expect(warnings).toEqual([
      expect.stringMatching(`^${first.name}: .*\`stackctl cli ${first.name} CONFIG SET replica-priority 100\`$`),
    ]);
    expect(await priorityOf(second)).toEqual(['replica-priority', '100']);
    await cluster.runtime.heal(first.name, 'kill');
  });
});
