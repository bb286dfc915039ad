import { once } from 'node:events';
import { EXIT, StackctlError } from '../../errors.ts';
import { digestOf, epochOf, eventLines } from '../../traffic/emit.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import type { CommandContext } from '../line/command.ts';
import { open } from '../session/open.ts';
import type { SeedFlags } from './flags.ts';
import { givenFlags } from './given-flags.ts';
import { COUNT } from './send-traffic.ts';

/** What would be sent, or its digest; no server is needed. @throws E_USAGE for flags that only a run has. */
export async function emitEvents(context: CommandContext, stackRef: string | undefined, flags: SeedFlags) {
  refuseOthers(context, flags);
  const { stack } = await open(context, stackRef, 'any');
  const { profile } = await loadProfile(stack, flags.profile, context.cwd);
  const { count = COUNT, seed } = flags;
  const events = { profile, seed, count, stack, epochMs: flags.epoch === 'now' ? Date.now() : flags.epoch };
  if (flags.digest) {
    const digest = digestOf(events);
    const epochText = new Date(epochOf(events)).toISOString();
    return { data: { profile: profile.profile, seed, count, epoch: epochText, sha256: digest }, text: digest };
  }
  const { stdout, signal } = context;
  for (const bytes of eventLines(events)) {
    signal.throwIfAborted();
    if (!stdout.write(bytes)) await once(stdout, 'drain', { signal });
  }
  return { exitCode: EXIT.ok };
}

function refuseOthers(context: CommandContext, flags: SeedFlags): void {
  const others = givenFlags(context, flags, '--count', '--epoch', '--emit', '--digest');
  if (others.length > 0 || (flags.emit !== undefined && flags.digest)) {
    const what = others.length > 0 ? `${others.join(', ')} cannot be given with them` : 'give one of them';
    throw new StackctlError('E_USAGE', `--emit and --digest send nothing: ${what}`, {
      hint: 'stackctl seed traffic --count 10 --emit jsonl',
    });
  }
  if (flags.emit !== undefined && context.global.json) {
    throw new StackctlError('E_USAGE', '--emit prints lines of its own: --json has no place for them', {
      hint: 'Leave --json out; with --digest it is one answer.',
    });
  }
}
