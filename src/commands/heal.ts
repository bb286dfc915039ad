import { heal } from '../lifecycle/heal.ts';
import type { CommandModule } from './line/command.ts';
import { withLockedRecord } from './session/record-session.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[stack]', 'the project of this stack; without it, the only project of this folder');
};

export const run: CommandModule['run'] = async (context, args) => {
  const [stackRef] = args;
  return withLockedRecord(context, stackRef, 'heal', async ({ runtime, stack, paths, emit }) => {
    const healed = await heal({ runtime, stack, faults: paths.faults, emit });
    const text = healed.map(({ instance, fault }) => `healed ${fault} of ${instance}`).join('\n');
    return { data: { healed }, text: text === '' ? 'no fault is in place' : text };
  });
};
