import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import { type ResetItems, resetItemsText, resetText } from '../output/reset.ts';
import type { ResetCapability } from '../stack/contract/kind.ts';
import { instancesOf, type Service, type Stack } from '../stack/contract/model.ts';
import type { CommandModule } from './line/command.ts';
import { presentStack, requirePresent } from './session/running.ts';
import { type OpenSession, selectServices, splitWords, withLockedSession, withSession } from './session/session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('<services...>', 'services to empty; they keep running');
};

interface Target {
  readonly service: Service;
  readonly capability: ResetCapability;
}

/** Asks before it takes the lock: no other command has to wait for a person. Asks again when something else is there by then. */
export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef, rest } = await splitWords(context, args);
  if (rest.length === 0) {
    throw new StackctlError('E_USAGE', 'reset needs the services to empty', { hint: 'E.g. stackctl reset redis' });
  }
  for (;;) {
    const { confirmed, items } = await withSession(context, stackRef, (session) => found(session, rest));
    await context.confirm(`This deletes:\n${resetItemsText(items)}\nDelete it?`);
    const project = await withLockedSession(context, stackRef, 'reset', async (session) => {
      const now = await found(session, rest);
      if (now.confirmed !== confirmed) return undefined;
      await emptyAll(session, now);
      return session.identity.name;
    });
    if (project !== undefined) return { data: { project, services: items }, text: resetText(items) };
    context.emit({ type: 'note', text: 'what would be deleted has changed since it was confirmed' });
  }
};

interface Found {
  readonly stack: Stack;
  readonly targets: readonly Target[];
  readonly items: readonly ResetItems[];
  /** Equal while the same things of the same project are there, however much is in them. */
  readonly confirmed: string;
}

async function found(session: OpenSession, words: readonly string[]): Promise<Found> {
  const stack = await presentStack(session);
  const targets = targetsOf(session.stack, stack, words);
  const items = await describe(stack, targets, session.signal);
  const { id, createdAt } = session.record;
  return { stack, targets, items, confirmed: [id, createdAt, withoutNumbers(resetItemsText(items))].join('\n') };
}

/** `table log (1200 rows)`, `7 keys of db0`: they change all the time. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/(?<=[\s(])\d+ \w+/g, '');
}

async function emptyAll(session: OpenSession, { stack, targets }: Found): Promise<void> {
  for (const { service, capability } of targets) {
    await step(session.emit, { id: `reset:${service.name}`, title: `empty ${service.name}` }, () =>
      capability.reset({ stack, service }, session.signal),
    );
  }
}

/** @throws E_USAGE for a service that cannot be emptied, E_NOT_RUNNING for one that is not there, before anything is. */
function targetsOf(stack: Stack, present: Stack, words: readonly string[]): readonly Target[] {
  const targets = selectServices(stack, words).map(capabilityOf(stack));
  const there = new Set(instancesOf(present).map(({ name }) => name));
  const reachable = targets.map(({ capability, service }) => ({
    capability,
    service: { ...service, instances: service.instances.filter(({ name }) => there.has(name)) },
  }));
  const services = reachable.map(({ service }) => service);
  requirePresent(
    { ...present, services },
    services.map(({ name }) => name),
  );
  return reachable;
}

function capabilityOf(stack: Stack): (service: Service) => Target {
  return (service) => {
    const capability = service.kind.reset;
    if (capability !== undefined) return { service, capability };
    const can = stack.services.filter(({ kind }) => kind.reset !== undefined).map(({ name }) => name);
    throw new StackctlError(
      'E_USAGE',
      `${service.name}, of kind ${service.kind.name}, has nothing that can be emptied`,
      {
        hint: can.length === 0 ? 'No service of this stack has.' : `These have: ${can.join(', ')}.`,
        details: { service: service.name, known: can },
      },
    );
  };
}

async function describe(stack: Stack, targets: readonly Target[], signal: AbortSignal): Promise<readonly ResetItems[]> {
  const items: ResetItems[] = [];
  for (const { service, capability } of targets) {
    items.push({ service: service.name, items: await capability.describe({ stack, service }, signal) });
  }
  return items;
}
