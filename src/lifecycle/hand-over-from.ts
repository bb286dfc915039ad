import { StackctlError } from '../errors.ts';
import { step } from '../lib/events.ts';
import type { Session } from './session.ts';

/**
 * Before an instance is ended for a while: when it is the primary of its group, another one becomes it, so that writes
 * wait for milliseconds instead of failing until the arbiters find out. Where that is not possible the reasons are a
 * warning, and the caller goes on: to restart what is not well is what a restart is for.
 */
export async function handOverFrom(
  { stack, emit, signal }: Pick<Session, 'stack' | 'emit' | 'signal'>,
  name: string,
): Promise<void> {
  const group = stack.services.find(({ instances }) => instances.some((instance) => instance.name === name));
  const director = stack.services.find(({ monitors }) => monitors !== undefined && monitors === group?.name);
  const { arbiter } = director?.kind ?? {};
  if (group === undefined || director === undefined || arbiter === undefined || group.instances.length < 2) return;
  const input = { stack, service: director };
  const { primary } = await arbiter.askPrimary(input, signal);
  if (primary?.instance !== name) return;
  const avoid = group.instances.filter((instance) => instance.name === name);
  try {
    await step(
      emit,
      { id: `hand-over:${name}`, title: `hand over from ${name}`, detail: 'it is the master' },
      () => arbiter.handOver(input, { avoid, onWarning: (text) => emit({ type: 'warning', text }) }, signal),
      (moved) => ({ state: 'done', detail: `master is ${moved.primary.instance}` }),
    );
  } catch (error) {
    if (!(error instanceof StackctlError && error.code === 'E_NOT_READY')) throw error;
    emit({
      type: 'warning',
      text: `${name} goes as the master, so writes fail until another one is: ${error.message}`,
    });
  }
}
