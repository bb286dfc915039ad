import type { Amendment, LedgerEntry } from '../stack/contract/ledger.ts';
import type { MigrationSession, UnsoundObject } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { compare, type Drift } from './compare.ts';
import type { MigratedService } from './folder.ts';
import type { RepairPlan, RepairReport, RepairStep } from './report.ts';
import { withMigrationSession } from './session.ts';
import { type LockOptions, takeTurn } from './turn.ts';

/** What the caller has decided about files whose state only a person can know. */
export interface RepairChoices {
  /** Files that failed or were interrupted and whose statements are all in effect. */
  readonly markApplied: readonly string[];
  /** Such files of which so many statements are in effect: `up` goes on behind them. */
  readonly statementsDone: ReadonlyMap<string, number>;
}

/** What `repair` would do now, and what it leaves to others. Changes nothing. @throws E_NOT_READY, E_MIGRATION_INVALID */
export async function planRepair(
  stack: Stack,
  migrated: MigratedService,
  choices: RepairChoices,
  signal: AbortSignal,
): Promise<RepairPlan> {
  return withMigrationSession(stack, migrated, signal, async (session) => {
    const actions = await actionsNow(migrated, session, choices);
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
  return withMigrationSession(stack, migrated, options.signal, async (session) => {
    await takeTurn(service, session, options);
    const done: RepairStep[] = [];
    for (const { step, act } of await actionsNow(migrated, session, choices)) {
      options.signal.throwIfAborted();
      if (act === undefined || !confirmed.has(step.key)) continue;
      await act(options.signal);
      done.push(step);
    }
    return { service: service.name, done };
  });
}

interface Action {
  readonly step: RepairStep;
  /** Absent: another command does it, which the step names. */
  readonly act?: (signal: AbortSignal) => Promise<void>;
}

async function actionsNow(
  { files }: MigratedService,
  session: MigrationSession,
  { markApplied, statementsDone }: RepairChoices,
): Promise<readonly Action[]> {
  const ledger = await session.applied();
  const { drifted } = compare(files, ledger);
  const checksums = new Map(files.map(({ name, checksum }) => [name, checksum]));
  const unfinished = ledger.filter(({ name, state }) => isUnfinished(state) && checksums.has(name));
  return [
    ...((await session.unsound?.()) ?? []).map((object) => removal(session, object)),
    ...drifted.map((drift) => agreement(session, drift)),
    ...unfinished.map((entry) => {
      const checksum = checksums.get(entry.name) ?? '';
      const done = statementsDone.get(entry.name);
      if (markApplied.includes(entry.name)) return marking(session, entry, checksum);
      return done === undefined ? nextUp(entry) : counting(session, entry, { checksum, done });
    }),
  ];
}

function isUnfinished(state: LedgerEntry['state']): boolean {
  return state === 'failed' || state === 'running';
}

function removal(session: MigrationSession, object: UnsoundObject): Action {
  const { name, reason, fix } = object;
  const step = { key: `unsound ${name}`, name, problem: reason };
  if (fix === undefined || session.fix === undefined)
    return { step: { ...step, action: 'nothing removes it: repair it by hand', automatic: false } };
  return {
    step: { ...step, action: `run ${fix}`, automatic: true },
    act: async (signal) => session.fix?.(object, signal),
  };
}

function agreement(session: MigrationSession, drift: Drift): Action {
  const { name } = drift;
  const key = `${drift.type} ${name}`;
  switch (drift.type) {
    case 'edited': {
      const step = {
        key,
        name,
        problem: 'was edited after it was applied',
        action: 'accept the file as it is now; nothing of it is run',
        automatic: true,
      };
      const reason = `the file was edited: sha256 ${drift.recorded} became ${drift.found}`;
      return amending(session, step, {
        name,
        checksum: drift.found,
        state: 'applied',
        event: 'checksumAccepted',
        reason,
      });
    }
    case 'missing': {
      const step = {
        key,
        name,
        problem: 'was applied, and there is no such file',
        action: 'take its entry out of the ledger; its objects stay',
        automatic: true,
      };
      const reason = 'its file is gone';
      return amending(session, step, { name, checksum: '', state: 'forgotten', event: 'forgotten', reason });
    }
    case 'outOfOrder':
      return {
        step: {
          key,
          name,
          problem: `has a lower version than ${drift.after}, which is applied`,
          action: 'stackctl migrate up --allow-out-of-order applies it, a higher number in its name too',
          automatic: false,
        },
      };
  }
}

function marking(session: MigrationSession, { name, state }: LedgerEntry, checksum: string): Action {
  const step = {
    key: `mark ${name}`,
    name,
    problem: problemOf(state),
    action: 'enter it as applied; nothing of it is run',
    automatic: true,
  };
  const reason = `${problemOf(state)}; all of its statements were said to be in effect`;
  return amending(session, step, { name, checksum, state: 'applied', event: 'markedApplied', reason });
}

function counting(
  session: MigrationSession,
  { name, state }: LedgerEntry,
  { checksum, done }: { readonly checksum: string; readonly done: number },
): Action {
  const step = {
    key: `count ${name}`,
    name,
    problem: problemOf(state),
    action: `enter ${done} of its statements as done; nothing of it is run, and stackctl migrate up goes on behind them`,
    automatic: true,
  };
  const reason = `${problemOf(state)}; ${done} of its statements were said to be in effect`;
  const event = 'statementsCounted';
  return amending(session, step, { name, checksum, state: 'failed', statementsDone: done, event, reason });
}

function nextUp({ name, state, statementsDone = 0 }: LedgerEntry): Action {
  const from = statementsDone === 0 ? 'runs it again' : `goes on behind its statement ${statementsDone}`;
  return {
    step: {
      key: `unfinished ${name}`,
      name,
      problem: problemOf(state),
      action: `stackctl migrate up ${from}; if all of it is in effect: stackctl migrate repair --mark-applied ${name}`,
      automatic: false,
    },
  };
}

function problemOf(state: LedgerEntry['state']): string {
  return state === 'running' ? 'was interrupted' : 'failed';
}

function amending(session: MigrationSession, step: RepairStep, amendment: Amendment): Action {
  return { step, act: async () => session.amend?.(amendment) };
}
