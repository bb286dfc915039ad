import { parseInfo, versionIn } from '../../../clients/redis/info.ts';
import { withQuestions } from '../../../clients/redis/questions.ts';
import { StackctlError } from '../../../errors.ts';
import { poll } from '../../../lib/poll.ts';
import type { Resyncs } from '../../../stack/contract/arbiter.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { ASK_TIMEOUT_MS } from '../ask.ts';
import { askToFailOver } from '../ask-to-fail-over.ts';
import { members, sentinelTarget } from '../group.ts';
import type { SentinelOptions } from '../options.ts';
import { leftOutText, silenceOf } from './left-out.ts';
import { onServer } from './links.ts';
import { givenUp, outcomeOf } from './outcome.ts';
import { notPossible, whatIsSilent } from './pre-flight.ts';
import { resyncsBetween, resyncsOf } from './replication.ts';
import { currentMaster, untilAgreed } from './stock.ts';
import { untilLinked } from './until-linked.ts';
import type { Heard, Moved } from './way.ts';

type Input = ServiceInput<SentinelOptions>;

/** The first release of Valkey whose Sentinels know `SENTINEL FAILOVER <name> COORDINATED`. */
const SINCE = 9;

/** What such a Sentinel asks of the servers, as `refusedCommands` tries it. */
const COMMANDS = { FAILOVER: ['FAILOVER', '-'] } as const;

/**
 * A Sentinel has the master itself hand over (`FAILOVER`): the master takes no writes until a replica has all of them, and is
 * a replica of it right after. Clients hear of it when the Sentinels see the new roles, for which they look once a second.
 * @throws E_USAGE when the Sentinels do not know it, E_NOT_READY with the Sentinel's words.
 */
export async function coordinated(input: Input, { onStep, onWarning }: Heard, signal: AbortSignal): Promise<Moved> {
  const problem = await notCoordinated(input);
  if (problem !== undefined)
    throw new StackctlError('E_USAGE', `no coordinated failover: ${problem}`, {
      hint: 'Nothing was changed. --mode express loses nothing either, and works with every version.',
    });
  const silent = await whatIsSilent(input, COMMANDS);
  const isSilent = ({ name }: Instance): boolean => silent.some(({ instance }) => instance.name === name);
  const from = await currentMaster(input, signal);
  const gone = silent.find(({ instance }) => instance.name === from.name);
  if (gone !== undefined) throw notPossible(input, [silenceOf(gone)]);
  for (const one of silent) onWarning(leftOutText(input, one));
  const present = members(input).filter((one) => !isSilent(one));
  const before = await countsOf(input, present);
  onStep('promote');
  await askToFailOver(input, 'E_NOT_READY', signal, 'COORDINATED');
  const sentinels = input.service.instances.filter((one) => !isSilent(one));
  const { to } = await poll(() => outcomeOf(input, { from, sentinels }), { everyMs: 50, signal });
  if (to === undefined) throw givenUp(from);
  onStep('agree');
  await untilAgreed(input, from, signal);
  await untilLinked(
    input,
    present.filter(({ name }) => name !== to.name),
    signal,
  );
  const after = await countsOf(input, [to]);
  const leftOut = silent.map(({ instance }) => instance.name);
  return { from, leftOut, ...since(before.get(to.name), after.get(to.name)) };
}

/** Why this group cannot be asked for it; undefined: it can, or no Sentinel answers. */
export async function notCoordinated(input: ServiceInput): Promise<string | undefined> {
  const versions = await Promise.all(input.service.instances.map((one) => versionOf(input, one)));
  const older = versions.find((version) => version !== undefined && !version.isKnown);
  return older && `it takes Sentinels of Valkey ${SINCE} or newer, and ${older.name} is of ${older.title}`;
}

/** Undefined: it does not answer. */
async function versionOf(input: ServiceInput, sentinel: Instance) {
  const text = await withQuestions(sentinelTarget(input, sentinel, ASK_TIMEOUT_MS), (client) =>
    client.call('INFO', 'server'),
  ).catch(() => undefined);
  if (text === undefined) return undefined;
  const info = parseInfo(String(text));
  const version = versionIn(info) ?? '';
  const isValkey = info.has('valkey_version');
  const isKnown = isValkey && Number.parseInt(version, 10) >= SINCE;
  return { name: sentinel.name, title: `${isValkey ? 'Valkey' : 'Redis'} ${version}`, isKnown };
}

async function countsOf(input: Input, servers: readonly Instance[]): Promise<ReadonlyMap<string, Resyncs>> {
  const counts = servers.map(async (instance) => {
    const found = await onServer(input, instance, (client) => resyncsOf({ instance, client }));
    return [instance.name, found] as const;
  });
  return new Map(await Promise.all(counts));
}

/** Nothing for a server that did not answer before. */
function since(before: Resyncs | undefined, after: Resyncs | undefined): Pick<Moved, 'resyncs'> {
  if (before === undefined || after === undefined) return {};
  return { resyncs: resyncsBetween(before, after) };
}
