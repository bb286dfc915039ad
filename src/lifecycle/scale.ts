import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { findPrimaries } from './primaries.ts';
import { instancesToRemove, type ScaleTarget } from './scale-plan.ts';
import type { Session } from './session.ts';

/** More rounds than a group has members would mean that hand-overs go in a circle. */
const MAX_HAND_OVERS = 3;

/** Called around the hand-overs of one group: whoever measures what they cost does so here. */
export type WhileMoving = (leaving: readonly string[], move: () => Promise<void>) => Promise<void>;

/**
 * Takes the surplus instances of a scale-down out of service: hands the primary over if it is one of them, stops them,
 * and makes every arbiter forget them. What is left to do (records, files, removal, new instances) is an ordinary `up`
 * with the new counts.
 * @throws E_SCALE_REFUSED before anything was changed.
 */
export async function retire(
  session: Session,
  targets: readonly ScaleTarget[],
  whileMoving: WhileMoving,
): Promise<readonly Instance[]> {
  const { stack, runtime, emit, signal } = session;
  const gone = instancesToRemove(stack, targets);
  if (gone.length === 0) return gone;
  await moveThePrimariesAway(session, gone, whileMoving);
  const names = gone.map(({ name }) => name);
  await step(emit, { id: 'retire', title: `stop ${names.join(', ')}` }, () => runtime.stop(names, { signal }));
  for (const { service, affected } of directorsOf(stack, gone)) {
    const title = `every ${service.name} forgets ${names.join(', ')}`;
    await step(emit, { id: `forget:${service.name}`, title }, async () =>
      service.kind.arbiter?.forget({ stack, service }, affected, signal),
    );
  }
  return gone;
}

async function moveThePrimariesAway(
  session: Session,
  gone: readonly Instance[],
  whileMoving: WhileMoving,
): Promise<void> {
  for (const { service } of directorsOf(session.stack, gone)) {
    const leaving = gone.filter((instance) => instance.service === service.monitors);
    if (leaving.length === 0 || !(await isPrimaryAmong(session, leaving))) continue;
    await whileMoving(
      leaving.map(({ name }) => name),
      () => moveThePrimaryAway(session, service, leaving),
    );
  }
}

async function moveThePrimaryAway(session: Session, service: Service, leaving: readonly Instance[]): Promise<void> {
  const { stack, emit, signal } = session;
  for (let round = 0; round < MAX_HAND_OVERS; round++) {
    await step(
      emit,
      { id: 'hand-over', title: `hand over the master of ${service.monitors}`, detail: 'it shall go' },
      async () => service.kind.arbiter?.handOver({ stack, service }, { avoid: leaving }, signal),
      (moved) => ({ state: 'done', detail: `master is ${moved?.primary.instance}` }),
    );
    if (!(await isPrimaryAmong(session, leaving))) return;
  }
  throw new StackctlError(
    'E_SCALE_REFUSED',
    `one of ${leaving.map(({ name }) => name).join(', ')} is still the master after ${MAX_HAND_OVERS} hand-overs`,
    { hint: 'Nothing was removed. See why no other server can be master: stackctl status.' },
  );
}

/** @throws E_SCALE_REFUSED when nobody knows the primary: it may be one of them. */
async function isPrimaryAmong({ stack, runtime, signal }: Session, leaving: readonly Instance[]): Promise<boolean> {
  const [group = ''] = leaving.map(({ service }) => service);
  const primary = (await findPrimaries(stack, runtime, signal))[group]?.instance;
  if (primary === undefined) throw unknownPrimary(group);
  return leaving.some(({ name }) => name === primary);
}

function unknownPrimary(group: string): StackctlError {
  return new StackctlError('E_SCALE_REFUSED', `no server says which instance is the master of ${group}`, {
    hint: 'Nothing was removed: it might be the master. See what is wrong: stackctl status.',
  });
}

/** Arbiters that know one of these instances: their own, and those of the service that they monitor. */
function directorsOf(stack: Stack, gone: readonly Instance[]) {
  return stack.services
    .filter(({ kind }) => kind.arbiter !== undefined)
    .map((service) => ({
      service,
      affected: gone.filter((instance) => instance.service === service.name || instance.service === service.monitors),
    }))
    .filter(({ affected }) => affected.length > 0);
}
