import { isTilted, type MasterView, masterView, memberViews } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { groupName, optionsOf } from '../group.ts';
import { instanceAt } from '../monitored.ts';
import { TILTED } from '../promotion.ts';
import { type Barred, choose, obstaclesTo } from './choose.ts';
import { type KnownSentinel, nextEpoch } from './hello.ts';
import type { Link, Links } from './links.ts';
import { replicationOf } from './replication.ts';

/** What an express hand-over needs to know. Everything in it was true a moment ago. */
export interface Plan {
  readonly group: string;
  readonly from: Link;
  readonly to: Link;
  /** The other servers, which follow the new master. */
  readonly others: readonly Link[];
  readonly sentinels: readonly Told[];
  /** Of the new configuration. */
  readonly epoch: number;
  /** Silence after which the Sentinels take a server for down, in milliseconds. */
  readonly downAfterMs: number;
}

/** A Sentinel, and another one in whose name it is told. */
export interface Told {
  readonly link: Link;
  readonly teller: KnownSentinel;
}

/** What the servers of a group are asked to do, by the names that stock servers have for it. */
const NEEDED = ['CLIENT', 'CONFIG', 'REPLICAOF'] as const;

/**
 * Everything that an express hand-over needs: every Sentinel answers, agrees and can save what it is told; the master can
 * be asked for what will be asked of it; and there is a replica that may be promoted and is in step.
 * @throws E_NOT_READY with all reasons. Nothing was changed.
 */
export async function preFlight(input: ServiceInput, links: Links, barred: Barred): Promise<Plan> {
  const group = groupName(input);
  const asked = await Promise.all(links.sentinels.map((link) => ask(link, group)));
  const views = asked.map(({ master }) => master);
  const reasons = [
    ...links.unreachable.map(({ name, problem }) => `${name} does not answer: ${problem}`),
    ...asked.flatMap(sentinelReasons),
    ...disagreement(input, views),
    ...(input.service.instances.length === 1 ? [ALONE] : []),
    ...(await Promise.all(links.members.map(missingCommands))).flat(),
  ];
  const master = views[0] && instanceAt(input, views[0].address);
  const from = links.members.find(({ instance }) => instance.name === master?.name);
  if (from === undefined || reasons.length > 0) throw notPossible(input, reasons);
  const replicas = links.members.filter((link) => link !== from);
  const states = await Promise.all(
    replicas.map(async (link) => ({ link, name: link.instance.name, ...(await replicationOf(link)) })),
  );
  const { isMaster, offset } = await replicationOf(from);
  if (!isMaster) throw notPossible(input, [`${from.instance.name}, which the Sentinels name, says it is a replica`]);
  const to = choose(states, offset, barred);
  if (to === undefined) throw notPossible(input, obstaclesTo(states, offset, barred));
  return {
    group,
    from,
    to: to.link,
    others: replicas.filter((link) => link !== to.link),
    sentinels: asked.map(({ link, others: [teller] }) => ({ link, teller: teller as KnownSentinel })),
    epoch: nextEpoch(views),
    downAfterMs: optionsOf(input).downAfterMs,
  };
}

const ALONE =
  'an express hand-over needs two Sentinels: one is told in the name of another one (--mode graceful works with one)';

interface Asked {
  readonly link: Link;
  readonly master: MasterView;
  readonly others: readonly KnownSentinel[];
  readonly tilt: boolean;
  /** Why it cannot write its configuration; undefined: it can. */
  readonly unwritable: string | undefined;
}

async function ask(link: Link, group: string): Promise<Asked> {
  const { client } = link;
  const [master, others, tilt, unwritable] = await Promise.all([
    masterView(client, group),
    memberViews(client, 'SENTINELS', group),
    isTilted(client),
    client.call('SENTINEL', 'FLUSHCONFIG').then(
      () => undefined,
      (error: Error) => error.message,
    ),
  ]);
  return { link, master, others, tilt, unwritable };
}

function sentinelReasons({ link, master, others, tilt, unwritable }: Asked): readonly string[] {
  const { name } = link.instance;
  return [
    ...(master.flags.join() === 'master' ? [] : [`${name} sees the master as ${master.flags.slice(1).join(', ')}`]),
    ...(tilt ? [`${name} ${TILTED}`] : []),
    ...(unwritable === undefined ? [] : [`${name} cannot save its configuration: ${unwritable}`]),
    ...(others.length === 0 ? [`${name} knows no other Sentinel`] : []),
  ];
}

function disagreement(input: ServiceInput, views: readonly MasterView[]): readonly string[] {
  const addresses = [...new Set(views.map(({ address }) => address))];
  const epochs = new Set(views.map(({ epoch }) => epoch));
  const strangers = addresses.filter((address) => instanceAt(input, address) === undefined);
  return [
    ...(addresses.length > 1 ? [`the Sentinels name different masters: ${addresses.join(', ')}`] : []),
    ...(epochs.size > 1 ? [`the Sentinels are at different epochs: ${[...epochs].join(', ')}`] : []),
    ...strangers.map((address) => `the Sentinels name ${address} as master, which is not in the stack`),
  ];
}

/** A command that was renamed or taken away is not in the server's table. */
async function missingCommands({ instance, client }: Link): Promise<readonly string[]> {
  const known = (await client.call('COMMAND', 'INFO', ...NEEDED)) as readonly unknown[];
  return NEEDED.filter((_, index) => known[index] === null || known[index] === undefined).map(
    (command) => `${instance.name} has no command ${command} (rename-command): --mode stock leaves it to the Sentinels`,
  );
}

function notPossible({ service }: ServiceInput, reasons: readonly string[]): StackctlError {
  return new StackctlError('E_NOT_READY', `${service.name}: ${reasons.join('; ')}`, {
    hint: 'Nothing was changed. See what is wrong: stackctl health',
    details: { reasons },
  });
}
