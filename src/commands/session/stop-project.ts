import { StackctlError } from '../../errors.ts';
import { down } from '../../lifecycle/down.ts';
import { heal } from '../../lifecycle/heal.ts';
import type { SessionContext } from './context.ts';
import { withLockedRecord } from './record-session.ts';

/** Ends a project whose data stays. A frozen server would not hear that it is to stop: faults are taken back first. */
export async function stopProject(context: SessionContext, verb: string): Promise<void> {
  await withLockedRecord(context, undefined, verb, async (session) => {
    const { runtime, stack, paths, emit } = session;
    await heal({ runtime, stack, faults: paths.faults, emit }).catch((error: unknown) => {
      if (!(error instanceof StackctlError)) throw error;
      emit({ type: 'warning', text: error.message });
    });
    await down(session, { volumes: false });
  });
}
