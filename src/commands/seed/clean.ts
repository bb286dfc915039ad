import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { cleanText, foundText } from '../../output/traffic-clean.ts';
import { type CleanReport, cleanRun, type FoundStore, findRun } from '../../traffic/clean.ts';
import { loadProfile } from '../../traffic/load-profile.ts';
import type { RunInput } from '../../traffic/run-stores.ts';
import { storeServicesOf } from '../../traffic/seed-traffic.ts';
import type { CommandContext, CommandResult } from '../line/command.ts';
import { requireReady } from '../session/running.ts';
import { type OpenSession, withLockedSession, withSession } from '../session/session.ts';
import type { SeedFlags } from './flags.ts';
import { givenFlags } from './given-flags.ts';
import { underRunLock } from './run-lock.ts';

type CleanFlags = SeedFlags & { readonly clean: string };

/**
 * Deletes what a run wrote. Asks before it takes the lock: no other command has to wait for a person. Asks again when another project
 * is there by then, or other stores have events of the run.
 */
export async function cleanTraffic(
  context: CommandContext,
  stackRef: string | undefined,
  flags: CleanFlags,
): Promise<CommandResult> {
  refuseOthers(context, flags);
  const run = flags.clean;
  for (;;) {
    const wanted = await withSession(context, stackRef, async (session) => {
      await underRunLock(session.paths, run, 'seed traffic --clean', async () => undefined);
      const found = await findRun(await inputOf(session, flags, context.cwd));
      return { found, confirmed: confirmedBy(session, found) };
    });
    if (wanted.found.some(({ found, refused }) => found > 0 && refused === null)) {
      await context.confirm(`This deletes what run ${run} wrote:\n${foundText(wanted.found)}\nDelete it?`);
    }
    const report = await withLockedSession(context, stackRef, 'seed', async (session) => {
      const input = await inputOf(session, flags, context.cwd);
      const now = await findRun(input);
      if (confirmedBy(session, now) !== wanted.confirmed) return undefined;
      return underRunLock(session.paths, run, 'seed traffic --clean', () => cleanRun(input, now));
    });
    if (report !== undefined)
      return { data: report, text: cleanText(report), ...defined({ failure: failureOf(report) }) };
    context.emit({ type: 'note', text: 'what would be deleted has changed since it was confirmed' });
  }
}

async function inputOf(session: OpenSession, { profile: name, clean }: CleanFlags, cwd: string): Promise<RunInput> {
  const { profile, refuse } = await loadProfile(session.stack, name, cwd);
  const stack = await requireReady(session, storeServicesOf(profile, session.stack));
  return { stack, profile, refuse, runId: clean, emit: session.emit, signal: session.signal };
}

/** Equal while the same stores of the same project have events of the run. */
function confirmedBy({ record: { id, createdAt } }: OpenSession, stores: readonly FoundStore[]): string {
  return JSON.stringify([id, createdAt, stores.filter(({ found }) => found > 0).map(({ store }) => store)]);
}

/** Undefined: nothing is left. */
function failureOf({ clean, run, stores }: CleanReport): StackctlError | undefined {
  if (clean) return undefined;
  const reasons = stores
    .filter(({ left }) => left !== 0)
    .map(
      ({ store, left, error }) =>
        `${store}: ${left === null ? '' : `${left} left: `}${error ?? 'not deleted, or written meanwhile'}`,
    );
  return new StackctlError('E_RESET_FAILED', `events of run ${run} are still there`, {
    hint: stores.some(({ refused }) => refused !== null)
      ? 'What cannot be deleted, and why, stands above: delete it by hand.'
      : 'The same command goes on with what is left.',
    details: { run, reasons },
  });
}

function refuseOthers(context: CommandContext, flags: CleanFlags): void {
  const others = givenFlags(context, flags);
  if (others.length === 0) return;
  throw new StackctlError('E_USAGE', `--clean sends nothing: ${others.join(', ')} cannot be given with it`, {
    hint: `stackctl seed traffic --clean ${flags.clean}`,
  });
}
