/** Where recorded requests go. */
import { StackctlError } from '../../errors.ts';
import { eventId, runIdOf } from '../../stack/contract/event-id.ts';
import { type Service, type Stack, serviceOf } from '../../stack/contract/model.ts';
import type { RecordedRequest } from '../../stack/contract/recorded-request.ts';
import type { SendOutcome } from '../../stack/contract/traffic.ts';
import type { Mistake } from '../../stack/source/zod-problems.ts';
import type { LoadedProfile } from '../load-profile.ts';
import { openSink } from '../open-targets.ts';
import type { TrafficPlan } from '../operations.ts';
import { isMadeOfDraws } from '../plan-for.ts';

export interface ReplayTarget {
  /** Name of the service. */
  readonly service: string;
  send(request: RecordedRequest, sequence: number): Promise<SendOutcome>;
  close(): Promise<void>;
}

const WORDS: Readonly<Record<RecordedRequest['type'], string>> = {
  http: 'requests of HTTP',
  command: 'commands of Redis',
  event: 'events',
};

/**
 * The service that takes such requests. Of a service and the one that monitors it, the latter knows where writes go.
 * @param wanted its name; undefined: the only one.
 * @throws E_USAGE when there is none, or more than one.
 */
export function serviceFor(type: 'http' | 'command', stack: Stack, wanted: string | undefined): Service {
  const able = stack.services.filter(({ kind }) => kind.traffic?.replay?.takes === type);
  const names = able.map(({ name }) => name);
  const chosen = able.filter(({ name }) => name === wanted);
  const own = able.filter(({ name }) => !able.some(({ monitors }) => monitors === name));
  const [only, other] = wanted === undefined ? own : chosen;
  if (only !== undefined && other === undefined) return only;
  const what = wanted === undefined ? `several services of ${stack.name} take` : `the service ${wanted} does not take`;
  throw new StackctlError(
    'E_USAGE',
    names.length === 0 ? `no service of ${stack.name} takes ${WORDS[type]}` : `${what} ${WORDS[type]}`,
    {
      hint: names.length === 0 ? 'See docs/traffic.md, "Replay".' : `Choose one with --service: ${names.join(', ')}.`,
      details: { known: names },
    },
  );
}

/** @throws E_NOT_READY when the service cannot be reached. */
export async function openServiceTarget(stack: Stack, service: Service): Promise<ReplayTarget> {
  const capability = service.kind.traffic?.replay;
  if (capability === undefined) throw new Error(`${service.name} was not chosen by serviceFor`);
  const sink = await capability.open({ stack, service });
  return { service: service.name, send: (request) => sink.send(request), close: () => sink.close() };
}

/**
 * Which of those that a profile sends events to gets the recorded ones: its place in the plan.
 * @param wanted its name, or the one of its service; undefined: the only one.
 * @throws E_USAGE when there is none, or more than one.
 */
export function sinkFor({ sinks }: TrafficPlan, profile: string, wanted: string | undefined): number {
  const able = sinks.filter(({ name, service }) => wanted === undefined || name === wanted || service === wanted);
  const [only, other] = able.length > 1 ? able.filter(({ name }) => name === wanted) : able;
  if (only !== undefined && other === undefined) return sinks.indexOf(only);
  const names = sinks.map(({ name }) => name);
  const what =
    wanted === undefined
      ? `the profile ${profile} sends to several`
      : `the profile ${profile} does not send to ${wanted}`;
  throw new StackctlError('E_USAGE', what, {
    hint: `Choose one with --service: ${names.join(', ')}.`,
    details: { known: names },
  });
}

export interface ProfileTarget extends LoadedProfile {
  readonly stack: Stack;
  readonly plan: TrafficPlan;
  /** Place in the plan of the one that gets the events: see `sinkFor`. */
  readonly sink: number;
  /** Names of the fields that events may have. */
  readonly fields: readonly string[];
  /** 6 bytes that no other run has. */
  readonly random: (size: number) => Uint8Array;
  readonly signal: AbortSignal;
}

/** @throws E_USAGE where a request is more than its event. */
function refuseDrawn(
  { plan, stack, profile: { profile } }: Pick<ProfileTarget, 'plan' | 'stack' | 'profile'>,
  index: number,
): void {
  const isDrawn = isMadeOfDraws(plan, index, stack);
  if (!isDrawn && plan.routes.some(({ sink, hasBody }) => sink === index && hasBody)) return;
  const name = plan.sinks[index]?.name ?? '';
  const why = isDrawn ? 'its requests are made of what the profile draws' : 'its requests have no body';
  throw new StackctlError('E_USAGE', `recorded events cannot be sent to ${name} of ${profile}: ${why}`, {
    hint: 'Nothing was sent. Choose another one with --service or --profile; recorded requests (HAR, vegeta) need no profile.',
  });
}

/** Recorded events go where a profile sends its own. @throws E_NOT_READY, E_PROFILE_INVALID as for events of the profile. */
export async function openProfileTarget({
  random,
  fields,
  signal,
  sink: index,
  ...wanted
}: ProfileTarget): Promise<ReplayTarget> {
  refuseDrawn(wanted, index);
  const runId = runIdOf(random(6));
  const refuse = (mistakes: readonly Mistake[]): StackctlError => {
    const { code, message, details } = wanted.refuse(mistakes);
    const hint = `Nothing was sent. The events of the recording do not fit this profile: choose another one with --profile, or change what it names.`;
    return new StackctlError(code, message, { hint, details });
  };
  const sink = await openSink({ ...wanted, refuse }, index, { runId, oldestMs: 0, fields, signal });
  const service = wanted.plan.sinks[index]?.service ?? '';
  const { isTable = false } = serviceOf(wanted.stack, service).kind.traffic?.sink ?? {};
  const known = new Set(fields);
  const send = async (request: RecordedRequest, sequence: number): Promise<SendOutcome> => {
    if (request.type !== 'event') return { type: 'rejected', reason: `it is no event but of type ${request.type}` };
    // As in events of a profile, a field that is null is left out.
    const body = Object.fromEntries(Object.entries(request.body).filter(([, value]) => value !== null));
    const strange = isTable ? Object.keys(body).find((field) => !known.has(field)) : undefined;
    // The table would be written without it, and nobody would know.
    if (strange !== undefined) return { type: 'rejected', reason: `the first event has no field ${strange}` };
    const [outcome] = await sink.send([{ sequence, id: eventId(runId, sequence), body }]);
    return outcome ?? { type: 'unknown', reason: 'the sink gave no outcome' };
  };
  return { service, send, close: () => sink.close() };
}
