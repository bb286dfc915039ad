import { StackctlError } from '../errors.ts';
import type { Amendment, LedgerEntry } from '../stack/contract/ledger.ts';
import type { MigrationSession, UnsoundObject } from '../stack/contract/migrate.ts';
import type { Stack } from '../stack/contract/model.ts';
import { compare, type Drift, isHalfReverted, isUnfinished, whatWas } from './compare.ts';
import type { MigrationFile } from './file.ts';
import { contentOf, type MigratedService } from './folder.ts';
import { waysOn } from './half-reverted.ts';
import type { RepairChoices } from './repair-choices.ts';
import type { RepairStep } from './report.ts';

export interface Action {
  readonly step: RepairStep;
  /** Absent: another command does it, which the step names. */
  readonly act?: (signal: AbortSignal) => Promise<void>;
}

/** What is not as it should be, and what is done about it; with choices, those alone. Changes nothing by itself. */
export async function actionsNow(
  stack: Stack,
  { service, files }: MigratedService,
  { session, choices }: { readonly session: MigrationSession; readonly choices: RepairChoices },
): Promise<readonly Action[]> {
  const ledger = await session.applied();
  const { drifted } = compare(files, ledger);
  const known = new Map(files.map((file) => [file.name, file]));
  const unfinished = ledger.filter((entry) => isUnfinished(entry) && known.has(entry.name));
  const chosen = unfinished.flatMap((entry): readonly Action[] => {
    const file = known.get(entry.name);
    return file === undefined ? [] : chosenFor(session, entry, { file, choices });
  });
  // Who says what is in effect in one file has not looked at the rest.
  if (choices.markApplied.length + choices.markReverted.length + choices.statementsDone.size > 0) return chosen;
  return [
    ...((await session.unsound?.()) ?? []).map((object) => removal(session, object)),
    ...drifted.map((drift) => agreement(session, drift)),
    ...unfinished.map((entry) =>
      left(entry, isHalfReverted(entry) ? waysOn(stack, service, entry.name) : nextUp(entry)),
    ),
  ];
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
        problem: `${whatWas(drift)}, and there is no such file`,
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

interface Chosen {
  readonly file: MigrationFile;
  readonly choices: RepairChoices;
}

function chosenFor(
  session: MigrationSession,
  entry: LedgerEntry,
  { file, choices: { markApplied, markReverted, statementsDone } }: Chosen,
): readonly Action[] {
  const done = statementsDone.get(entry.name);
  if (markApplied.includes(entry.name)) return [marking(session, entry, { file, ...AS_APPLIED })];
  if (markReverted.includes(entry.name)) return [marking(session, entry, { file, ...AS_REVERTED })];
  return done === undefined ? [] : [counting(session, entry, { file, done })];
}

const AS_APPLIED = { state: 'applied', event: 'markedApplied', seen: 'all of its statements were' } as const;
const AS_REVERTED = { state: 'reverted', event: 'markedReverted', seen: 'nothing of it was' } as const;

function marking(
  session: MigrationSession,
  entry: LedgerEntry,
  { file, state, event, seen }: (typeof AS_APPLIED | typeof AS_REVERTED) & Pick<Chosen, 'file'>,
): Action {
  const { name } = entry;
  const problem = whatWas(entry);
  const what = state === 'applied' ? 'applied' : 'taken back';
  const step = {
    key: `mark ${name}`,
    name,
    problem,
    action: `enter it as ${what}; nothing of it is run`,
    automatic: true,
  };
  const reason = `${problem}; ${seen} said to be in effect`;
  return amending(session, step, { name, checksum: file.checksum, state, event, reason });
}

function counting(
  session: MigrationSession,
  entry: LedgerEntry,
  { file, done }: { readonly file: MigrationFile; readonly done: number },
): Action {
  const { name } = entry;
  const isDown = isHalfReverted(entry);
  const { up, down = up } = contentOf(file);
  const all = (isDown ? down : up).statements.length;
  const whose = isDown ? `the down part of ${name}` : name;
  if (done > all)
    throw new StackctlError('E_USAGE', `${whose} has ${all} statements, not ${done}`, {
      hint: `Give a number from 0 to ${all}.`,
    });
  const problem = whatWas(entry);
  const [its, verb] = isDown ? ['the statements of its down part', 'down'] : ['its statements', 'up'];
  const action = `enter ${done} of ${its} as done; nothing of it is run, and stackctl migrate ${verb} goes on behind them`;
  const step = { key: `count ${name}`, name, problem, action, automatic: true };
  const reason = `${problem}; ${done} of ${its} were said to be in effect`;
  const event = 'statementsCounted';
  const { checksum } = file;
  return amending(session, step, { name, checksum, state: 'failed', statementsDone: done, event, reason });
}

/** How a file that `up` did not bring to its end gets there. */
function nextUp({ name, statementsDone = 0 }: LedgerEntry): string {
  const from = statementsDone === 0 ? 'runs it again' : `goes on behind its statement ${statementsDone}`;
  return `stackctl migrate up ${from}; if all of it is in effect: stackctl migrate repair --mark-applied ${name}; if nothing of it is: stackctl migrate repair --mark-reverted ${name}`;
}

function left(entry: LedgerEntry, action: string): Action {
  const { name } = entry;
  return { step: { key: `unfinished ${name}`, name, problem: whatWas(entry), action, automatic: false } };
}

function amending(session: MigrationSession, step: RepairStep, amendment: Amendment): Action {
  return { step, act: async () => session.amend?.(amendment) };
}
