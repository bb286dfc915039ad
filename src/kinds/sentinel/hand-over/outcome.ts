/** What has come of a failover that a Sentinel was asked for. */
import type { MasterView } from '../../../clients/redis/sentinel.ts';
import { StackctlError } from '../../../errors.ts';
import type { Instance, ServiceInput } from '../../../stack/contract/model.ts';
import { askEach } from '../ask.ts';
import { instanceAt, monitoredService } from '../monitored.ts';
import { majorityOf } from '../promotion.ts';

export interface Asked {
  /** The old master. */
  readonly from: Instance;
  /** The Sentinels that answered before anything was done. */
  readonly sentinels: readonly Instance[];
}

/** `to`: the new master; undefined when the Sentinels have given it up. @returns undefined while it is under way. */
export async function outcomeOf(
  input: ServiceInput,
  { from, sentinels }: Asked,
): Promise<{ readonly to: Instance | undefined } | undefined> {
  const answers = await askEach(input);
  const to = promoted(input, from, answers);
  return to !== undefined || noneFailsOver(input, { from, sentinels }, answers) ? { to } : undefined;
}

type Answers = Awaited<ReturnType<typeof askEach>>;

/** The Sentinel that leads the failover names the new master last, when all replicas follow it: a majority is enough. */
function promoted(input: ServiceInput, from: Instance, answers: Answers): Instance | undefined {
  const all = answers.map(({ view }) => instanceAt(input, view.address)?.name);
  const others = all.filter((name) => name !== undefined && name !== from.name);
  const [name] = others;
  if (others.length < majorityOf(input.service.instances.length) || others.some((other) => other !== name))
    return undefined;
  return monitoredService(input).instances.find((instance) => instance.name === name);
}

/**
 * All Sentinels that were there say that the old master is the master, and none leads a failover. A server that was promoted
 * is made a replica again.
 */
function noneFailsOver(input: ServiceInput, { from, sentinels }: Asked, answers: Answers): boolean {
  const isHeard = sentinels.every(({ name }) => answers.some(({ sentinel }) => sentinel.name === name));
  const isAsBefore = ({ address, flags }: MasterView): boolean =>
    instanceAt(input, address)?.name === from.name && !flags.includes('failover_in_progress');
  return isHeard && answers.every(({ view }) => isAsBefore(view));
}

export function givenUp(from: Instance): StackctlError {
  return new StackctlError('E_NOT_READY', `no replica took over from ${from.name}: the Sentinels have given it up`, {
    hint: 'Writes go on as before. See what the Sentinels say: stackctl logs sentinel',
  });
}
