import { StackctlError } from '../errors.ts';
import type { Amendment, LedgerEntry } from '../stack/contract/ledger.ts';
import type { MigrationSession, UnsoundObject } from '../stack/contract/migrate.ts';
import { compare, type Drift, whatWas } from './compare.ts';
import type { MigrationFile } from './file.ts';
import { contentOf, type MigratedService } from './folder.ts';
import type { RepairStep } from './report.ts';

/** What the caller has decided about files whose state only a person can know. */
export interface RepairChoices {
  /** Files that failed or were interrupted and whose statements are all in effect. */
  readonly markApplied: readonly string[];
  /** Such files of which so many statements are in effect: `up` goes on behind them. */
  readonly statementsDone: ReadonlyMap<string, number>;
}

export interface Action {
  readonly step: RepairStep;
  /** Absent: another command does it, which the step names. */
  readonly act?: (signal: AbortSignal) => Promise<void>;
}

/** What is not as it should be, and what is done about it; with choices, those alone. Changes nothing by itself. */
export async function actionsNow(
  { files }: MigratedService,
  session: MigrationSession,
  { markApplied, statementsDone }: RepairChoices,
): Promise<readonly Action[]> {
  const ledger = await session.applied();
  const { drifted } = compare(files, ledger);
  const known = new Map(files.map((file) => [file.name, file]));
  const unfinished = ledger.filter(({ name, state }) => isUnfinished(state) && known.has(name));
  const chosen = unfinished.flatMap((entry): readonly Action[] => {
    const file = known.get(entry.name);
    const done = statementsDone.get(entry.name);
    if (file === undefined) return [];
    if (markApplied.includes(entry.name)) return [marking(session, entry, file.checksum)];
    return done === undefined ? [] : [counting(session, entry, { file, done })];
  });
  // Who says what is in effect in one file has not looked at the rest.
  if (markApplied.length + statementsDone.size > 0) return chosen;
  return [
    ...((await session.unsound?.()) ?? []).map((object) => removal(session, object)),
    ...drifted.map((drift) => agreement(session, drift)),
    ...unfinished.map(nextUp),
  ];
}

function isUnfinished(state: LedgerEntry['state']): boolean {
  return state === 'failed' || state === 'running';
}

function removal(session: MigrationSession, object: UnsoundObject): Action {
  const { name, reason, fix } = object;
  const step = { key: `unsound ${name} ${fix}`, name, problem: reason };
  if (fix === undefined || session.fix === undefined)
    return { step: { ...step, action: 'nothing removes it: repair it by hand', automatic: false } };
  return {
    step: { ...step, action: `run ${fix}`, automatic: true },
    act: async (signal) => session.fix?.(object, signal),
  };
}

function agreement(session: MigrationSession, drift: Drift): Action {
  const { name } = drift;
  const key = `${drift.type} ${name} ${drift.type === 'edited' ? drift.found : ''}`.trim();
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
        state: drift.state,
        event: 'checksumAccepted',
        reason,
      });
    }
    case 'missing': {
      const step = {
        key,
        name,
        problem: `${whatWas(drift.state)}, and there is no such file`,
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
          action: 'stackctl migrate up --allow-out-of-order applies it; or give the file a higher number',
          automatic: false,
        },
      };
  }
}

function marking(session: MigrationSession, { name, state }: LedgerEntry, checksum: string): Action {
  const step = {
    key: `mark ${name}`,
    name,
    problem: whatWas(state),
    action: 'enter it as applied; nothing of it is run',
    automatic: true,
  };
  const reason = `${whatWas(state)}; all of its statements were said to be in effect`;
  return amending(session, step, { name, checksum, state: 'applied', event: 'markedApplied', reason });
}

function counting(
  session: MigrationSession,
  { name, state }: LedgerEntry,
  { file, done }: { readonly file: MigrationFile; readonly done: number },
): Action {
  const all = contentOf(file).up.statements.length;
  if (done > all)
    throw new StackctlError('E_USAGE', `${name} has ${all} statements, not ${done}`, {
      hint: `Give a number from 0 to ${all}.`,
    });
  const step = {
    key: `count ${name}`,
    name,
    problem: whatWas(state),
    action: `enter ${done} of its statements as done; nothing of it is run, and stackctl migrate up goes on behind them`,
    automatic: true,
  };
  const reason = `${whatWas(state)}; ${done} of its statements were said to be in effect`;
  const event = 'statementsCounted';
  const { checksum } = file;
  return amending(session, step, { name, checksum, state: 'failed', statementsDone: done, event, reason });
}

function nextUp({ name, state, statementsDone = 0 }: LedgerEntry): Action {
  const from = statementsDone === 0 ? 'runs it again' : `goes on behind its statement ${statementsDone}`;
  return {
    step: {
      key: `unfinished ${name}`,
      name,
      problem: whatWas(state),
      action: `stackctl migrate up ${from}; if all of it is in effect: stackctl migrate repair --mark-applied ${name}`,
      automatic: false,
    },
  };
}

function amending(session: MigrationSession, step: RepairStep, amendment: Amendment): Action {
  return { step, act: async () => session.amend?.(amendment) };
}
