import type { MigrationStatement } from '../../../../../stack/contract/migrate.ts';
import { normalForm } from '../normal-form.ts';
import { leadingWords } from '../refused-statements.ts';

/** `sets`: changes only its session, and may be run again. `makes`: makes something that ends with its session. */
export type SessionEffect = 'none' | 'sets' | 'makes';

/** What a statement does to the session that runs it, as far as its text says. Pure. */
export function sessionEffect({ text }: Pick<MigrationStatement, 'text'>): SessionEffect {
  const words = leadingWords(text);
  if (SETS.test(words)) return 'sets';
  if (MAKES.test(words)) return 'makes';
  if (!SUSPECT.test(text)) return 'none';
  const { text: normal } = normalForm(text);
  if (SET_CONFIG.test(normal)) return 'sets';
  return MAKES_INSIDE.some((pattern) => pattern.test(normal)) ? 'makes' : 'none';
}

export interface SessionOfDone {
  /** Statements that set the session, from 0: they are run again before the run goes on. */
  readonly replay: readonly number[];
  /** The first one that made something which a new session has not; undefined: there is none. */
  readonly lost: number | undefined;
}

/** What the statements before number `done` have made of their session. Pure. */
export function sessionOfDone(statements: readonly MigrationStatement[], done: number): SessionOfDone {
  const effects = statements.slice(0, done).map((statement) => sessionEffect(statement));
  const lost = effects.indexOf('makes');
  return {
    replay: effects.flatMap((effect, index) => (effect === 'sets' ? [index] : [])),
    lost: lost === -1 ? undefined : lost,
  };
}

/** Not what ends with its own transaction: SET LOCAL, SET TRANSACTION, SET CONSTRAINTS. */
const SETS = /^(SET\b(?! (LOCAL|TRANSACTION|CONSTRAINTS)\b)|RESET\b|LISTEN\b|UNLISTEN\b|LOAD\b|DISCARD\b)/;
const MAKES = /^(CREATE (OR REPLACE )?((LOCAL|GLOBAL) )?TEMP(ORARY)?|PREPARE|DECLARE)\b/;

const SUSPECT = /set_config|pg_temp|temp|advisory_lock/i;
const ONE_CONFIG = String.raw`(PG_CATALOG\.)?SET_CONFIG \( [^()]* \)( AS \S+)?`;
const SET_CONFIG = new RegExp(`^SELECT ${ONE_CONFIG}( , ${ONE_CONFIG})*$`);
const MAKES_INSIDE = [
  /^CREATE [^(]*\bPG_TEMP\./,
  /^(SELECT|WITH)\b.* INTO ((LOCAL|GLOBAL) )?TEMP(ORARY)? /,
  /^(SELECT|WITH|INSERT|UPDATE|DELETE)\b.*\b(SET_CONFIG|PG_(TRY_)?ADVISORY_LOCK(_SHARED)?) \(/,
];
