import { StackctlError } from '../errors.ts';
import type { Stack } from '../stack/contract/model.ts';
import { repairCommand } from './command-lines.ts';
import type { MigratedService } from './folder.ts';
import { actionsNow } from './repair-actions.ts';
import type { RepairChoices } from './repair-choices.ts';
import type { RepairPlan, RepairReport, RepairStep } from './report.ts';
import { withMigrationSession } from './session.ts';
import { type LockOptions, takeTurn } from './turn.ts';

/** What `repair` would do now, and what it leaves to others. Changes nothing. @throws E_NOT_READY, E_MIGRATION_INVALID */
export async function planRepair(
  stack: Stack,
  migrated: MigratedService,
  choices: RepairChoices,
  signal: AbortSignal,
): Promise<RepairPlan> {
  return withMigrationSession(stack, migrated, { signal, command: repairCommand(choices) }, async (session) => {
    const actions = await actionsNow(stack, migrated, { session, choices });
    return { service: migrated.service.name, steps: actions.map(({ step }) => step) };
  });
}

/**
 * Makes the ledger agree with the files and removes what is not valid: exactly the steps that were confirmed. A step that
 * is not needed any more is left out; one that was not confirmed is not done.
 * @param confirmed keys of the steps (`RepairStep.key`).
 * @throws E_LOCKED, E_MIGRATION_FAILED: what was done before stays.
 */
export async function repair(
  stack: Stack,
  migrated: MigratedService,
  { choices, confirmed, ...options }: LockOptions & { choices: RepairChoices; confirmed: ReadonlySet<string> },
): Promise<RepairReport> {
  const { service } = migrated;
  const about = { signal: options.signal, command: repairCommand(choices) };
  return withMigrationSession(stack, migrated, about, async (session) => {
    await takeTurn(service, session, options);
    const done: RepairStep[] = [];
    for (const { step, act } of await actionsNow(stack, migrated, { session, choices })) {
      options.signal.throwIfAborted();
      if (act === undefined || !confirmed.has(step.key)) continue;
      await act(options.signal);
      done.push(step);
    }
    return { service: service.name, done };
  });
}

/**
 * Refuses names that no plan has a step for. @throws E_USAGE for a file that is not there, or is not one that failed or was
 * interrupted.
 */
export function requireChosen(
  { markApplied, markReverted, statementsDone }: RepairChoices,
  plans: readonly RepairPlan[],
): void {
  const found = new Set(plans.flatMap(({ steps }) => steps.map(({ name }) => name)));
  const unknown = [...markApplied, ...markReverted, ...statementsDone.keys()].filter((name) => !found.has(name));
  if (unknown.length === 0) return;
  throw new StackctlError('E_USAGE', `no file that failed or was interrupted: ${unknown.join(', ')}`, {
    hint: 'Run: stackctl migrate status',
  });
}
