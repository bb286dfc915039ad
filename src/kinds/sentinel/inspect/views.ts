import { failureText } from '../../../clients/redis/failure.ts';
import { type RedisCaller, withReadOnlyRedis } from '../../../clients/redis/read-only.ts';
import { isTilted, masterView, memberViews, quorumProblem } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import type { InspectCell, InspectResult } from '../../../stack/contract/inspect.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { formatAddress, type Instance, serviceOf } from '../../../stack/contract/model.ts';
import { passwordOrNone } from '../../_shared/redis/config-text.ts';
import { instanceAt } from '../monitored.ts';
import type { SentinelOptions } from '../options.ts';
import { noPromotion, obstacleOf, TILTED } from '../promotion.ts';

type Input = ServiceInput<SentinelOptions>;
type Rows = readonly (readonly InspectCell[])[];

const TIMEOUT_MS = 2000;

export function masters(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const columns = [
    'sentinel',
    'group',
    'master',
    'address',
    'flags',
    'quorum',
    'replicas',
    'otherSentinels',
    'epoch',
    'problem',
  ];
  return askEach(input, signal, columns, async (client, group) => {
    const view = await masterView(client, group);
    return [
      [
        group,
        instanceAt(input, view.address)?.name ?? null,
        view.address,
        view.flags.join(' '),
        view.quorum,
        view.replicas,
        view.otherSentinels,
        view.epoch,
        await problemOf(input, client, group),
      ],
    ];
  });
}

/** Why this Sentinel could not fail over now, by what it knows; null when it could. */
async function problemOf(input: Input, client: RedisCaller, group: string): Promise<string | null> {
  const known = await memberViews(client, 'REPLICAS', group);
  const blocked = noPromotion(
    known.map((replica) => ({
      name: instanceAt(input, replica.address)?.name ?? replica.address,
      obstacle: obstacleOf(replica),
      priority: replica.priority,
    })),
  );
  const problems = [
    await quorumProblem(client, group),
    (await isTilted(client)) ? TILTED : undefined,
    known.length === 0 ? 'it knows no replica' : blocked?.reason,
  ].filter((problem) => problem !== undefined);
  return problems.length === 0 ? null : problems.join('; ');
}

export function replicas(input: Input, signal: AbortSignal): Promise<InspectResult> {
  return askEach(input, signal, ['sentinel', 'replica', 'address', 'flags', 'priority'], async (client, group) => {
    const members = await memberViews(client, 'REPLICAS', group);
    return members.map(({ address, flags, priority }) => [
      instanceAt(input, address)?.name ?? null,
      address,
      flags.join(' '),
      priority,
    ]);
  });
}

export function peers(input: Input, signal: AbortSignal): Promise<InspectResult> {
  const nameAt = (address: string): string | null =>
    serviceOf(input.stack, input.service.name).instances.find(({ peer }) => formatAddress(peer) === address)?.name ??
    null;
  return askEach(input, signal, ['sentinel', 'peer', 'address', 'flags'], async (client, group) => {
    const members = await memberViews(client, 'SENTINELS', group);
    return members.map(({ address, flags }) => [nameAt(address), address, flags.join(' ')]);
  });
}

/** Rows of every Sentinel that answers, its name in front. @throws E_NOT_READY when none does. */
async function askEach(
  input: Input,
  signal: AbortSignal,
  columns: readonly string[],
  rowsOf: (client: RedisCaller, group: string) => Promise<Rows>,
): Promise<InspectResult> {
  const { instances, options } = input.service;
  const asked = await Promise.all(
    instances.map(async (instance) => {
      try {
        const rows = await withReadOnlyRedis(targetOf(input, instance), (one) => rowsOf(one, options.masterName));
        return { rows: rows.map((row) => [instance.name, ...row]), notes: [] };
      } catch (error) {
        signal.throwIfAborted();
        return { rows: [], notes: [`${instance.name} did not answer: ${failureText(error, TIMEOUT_MS)}`] };
      }
    }),
  );
  const notes = asked.flatMap((one) => one.notes);
  if (notes.length < instances.length) return { columns, rows: asked.flatMap(({ rows }) => rows), notes };
  throw new StackctlError('E_NOT_READY', notes.join('; '), { hint: 'Run: stackctl status' });
}

function targetOf({ service }: Input, { client }: Instance) {
  return { address: client, password: passwordOrNone(service.options.password), timeoutMs: TIMEOUT_MS };
}
