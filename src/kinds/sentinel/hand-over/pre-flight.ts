import { setTimeout as delay } from 'node:timers/promises';
import { isTilted, type MasterView, masterView, memberViews } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import { groupName, optionsOf } from '../group.ts';
import { instanceAt } from '../monitored.ts';
import { majorityOf, TILTED } from '../promotion.ts';
import { type Choice, choose, obstaclesTo } from './choose.ts';
import { type KnownSentinel, nextEpoch } from './hello.ts';
import { silenceOf } from './left-out.ts';
import { type Link, type Links, openLinks, type Unreachable } from './links.ts';
import { refusedCommands, TRIALS, type Trials } from './refused-commands.ts';
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
  /** What does not answer and is not needed. */
  readonly leftOut: readonly Unreachable[];
}

/** How long a replica that is behind may take to get in step before anything is begun. */
const LAG_MS = 5000;

/** A Sentinel, and another one in whose name it is told. */
export interface Told {
  readonly link: Link;
  readonly teller: KnownSentinel;
}

/**
 * Everything that an express hand-over needs: enough Sentinels answer, agree and can save what they are told; the servers can
 * be asked for what will be asked of them; and there is a replica that may be promoted and is in step.
 *
 * What does not answer is left out where nothing can be lost or stay split by it. A replica follows the new master when it
 * is back. A Sentinel hears of it from the others, whose epoch is higher, and meanwhile it cannot choose another master: it
 * has no majority.
 * @throws E_NOT_READY with all reasons. Nothing was changed.
 */
export async function preFlight(input: ServiceInput, links: Links, choice: Choice): Promise<Plan> {
  const group = groupName(input);
  const asked = await Promise.all(links.sentinels.map((link) => ask(link, group)));
  const views = asked.map(({ master }) => master);
  const reasons = [
    ...tooFewSentinels(input, links.unreachable, views),
    ...asked.flatMap(sentinelReasons),
    ...disagreement(input, views),
    ...(input.service.instances.length === 1 ? [ALONE] : []),
    ...(await refusedCommands(links.members, TRIALS)),
  ];
  const master = views[0] && instanceAt(input, views[0].address);
  const from = links.members.find(({ instance }) => instance.name === master?.name);
  const silent = links.unreachable.filter(({ instance }) => instance.service !== input.service.name);
  const silentMaster = silent.filter(({ instance }) => instance.name === master?.name);
  if (from === undefined || reasons.length > 0) throw notPossible(input, [...reasons, ...silentMaster.map(silenceOf)]);
  const replicas = links.members.filter((link) => link !== from);
  const chosen = await chooseAmong(from, replicas, choice);
  if ('obstacles' in chosen) throw notPossible(input, [...silent.map(silenceOf), ...chosen.obstacles]);
  const { to } = chosen;
  return {
    group,
    from,
    to,
    others: replicas.filter((link) => link !== to),
    sentinels: asked.map(({ link, others: [teller] }) => ({ link, teller: teller as KnownSentinel })),
    epoch: nextEpoch(views),
    downAfterMs: optionsOf(input).downAfterMs,
    leftOut: links.unreachable,
  };
}

/** A replica that is only behind may be in step a moment later: a large value is on its way to it. */
async function chooseAmong(
  from: Link,
  replicas: readonly Link[],
  choice: Choice,
): Promise<{ readonly to: Link } | { readonly obstacles: readonly string[] }> {
  for (const until = performance.now() + LAG_MS; ; await delay(5)) {
    const states = await Promise.all(
      replicas.map(async (link) => ({ link, name: link.instance.name, ...(await replicationOf(link)) })),
    );
    const { isMaster, offset } = await replicationOf(from);
    if (!isMaster) return { obstacles: [`${from.instance.name}, which the Sentinels name, says it is a replica`] };
    const to = choose(states, offset, choice);
    if (to !== undefined) return { to: to.link };
    const inStep = states.map((state) => ({ ...state, offset }));
    if (choose(inStep, offset, choice) === undefined || performance.now() > until)
      return { obstacles: obstaclesTo(states, offset, choice) };
  }
}

/**
 * The least that every hand-over without loss needs. For one that leaves the choice to a Sentinel.
 * @param trials of what the servers will be asked for.
 * @returns what does not answer and is not needed.
 * @throws E_NOT_READY with all reasons.
 */
export async function whatIsSilent(input: ServiceInput, trials: Trials = TRIALS): Promise<readonly Unreachable[]> {
  const links = await openLinks(input);
  try {
    const views = await Promise.all(links.sentinels.map(({ client }) => masterView(client, groupName(input))));
    const reasons = [
      ...tooFewSentinels(input, links.unreachable, views),
      ...(await refusedCommands(links.members, trials)),
    ];
    if (reasons.length > 0) throw notPossible(input, reasons);
    return links.unreachable;
  } finally {
    links.close();
  }
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

/**
 * Those that do not answer must not be able to choose another master meanwhile, and those that do must be able to end what was
 * begun when stackctl is killed in between.
 */
function tooFewSentinels(
  { service }: ServiceInput,
  unreachable: readonly Unreachable[],
  views: readonly MasterView[],
): readonly string[] {
  const silent = unreachable.filter(({ instance }) => instance.service === service.name);
  const known = Math.max(service.instances.length, ...views.map(({ otherSentinels }) => otherSentinels + 1));
  const needed = Math.max(majorityOf(known), ...views.map(({ quorum }) => quorum));
  if (views.length >= needed) return [];
  return [...silent.map(silenceOf), `${views.length} of ${known} Sentinels answer, ${needed} are needed`];
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

export function notPossible({ service }: ServiceInput, reasons: readonly string[]): StackctlError {
  return new StackctlError('E_NOT_READY', `${service.name}: ${reasons.join('; ')}`, {
    hint: 'Nothing was changed. See what is wrong: stackctl health',
    details: { reasons },
  });
}
