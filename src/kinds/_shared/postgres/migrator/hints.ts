import { type ServerError, SQLSTATE } from '../../../../clients/postgres/failure.ts';
import { leadingWords } from '../sql/refused-statements.ts';
import { grantFor } from './grants.ts';
import type { Refused } from './refused.ts';

export const OWN_FILE = 'put it into a file of its own that starts with "-- stackctl: transaction=false"';

/** What to do about a statement that failed, by its SQLSTATE and by what it is. One or two sentences. Pure. */
export function hintFor(refused: Refused): string {
  const { said, transactional } = refused;
  const found = BY_STATE[said.sqlstate]?.(refused) ?? BY_CLASS[said.sqlstate.slice(0, 2)];
  const again = transactional ? 'Run `stackctl migrate up` again.' : GOES_ON;
  return found === undefined ? `Correct the file. ${again}` : `${found} Then run \`stackctl migrate up\` again.`;
}

const GOES_ON =
  'Run `stackctl migrate up` again: it goes on behind the statements that are done, if those stay as they are.';

const EXISTS =
  'It is there already. What was made before stackctl is entered without being run by `stackctl migrate baseline`; what another file makes must be made once.';
const ABSENT =
  'Nothing of that name is found. A file finds names as an application does: write the schema with the name, and give the file that makes it a lower version.';
const NO_SETTING =
  'This server has no such setting, though a newer one may: leave the line out (`SELECT name FROM pg_settings` has those that there are).';
const DATA =
  'Rows that are there do not fit. Correct them in a file with a lower version, or in this file above the statement.';

const BY_STATE: Readonly<Record<string, (refused: Refused) => string>> = {
  [SQLSTATE.activeTransaction]: ({ text }) =>
    /^SET (LOCAL |SESSION )?TRANSACTION/.test(leadingWords(text))
      ? 'Make it the first statement of the file.'
      : `The server runs this statement only outside of a transaction: ${OWN_FILE}.`,
  [SQLSTATE.invalidTermination]: ({ transactional }) =>
    transactional
      ? `COMMIT and ROLLBACK in a DO block or a procedure need a file without a transaction: ${OWN_FILE}.`
      : 'COMMIT and ROLLBACK work only in a DO block or a procedure that is called directly (not from a function, and without an EXCEPTION block around).',
  [SQLSTATE.unsafeEnumValue]: () =>
    'A new value of an enum can be used once the transaction that adds it is committed: move what uses it into a file with a higher version.',
  [SQLSTATE.queryCanceled]: ({ statementTimeoutMs }) =>
    statementTimeoutMs > 0
      ? `It took longer than the file's statement_timeout (${statementTimeoutMs} ms), or another session cancelled it (pg_cancel_backend): give it more time.`
      : 'Another session cancelled it (pg_cancel_backend), or the file sets a limit itself; limits of server, database and role do not apply to it.',
  [SQLSTATE.readOnlyTransaction]: () =>
    'The file itself makes its transaction read-only, or the server is a standby: such settings of server, database and role do not apply to it.',
  [SQLSTATE.insufficientPrivilege]: (refused) => `${grantFor(refused)}.`,
  [SQLSTATE.duplicateSchema]: () => EXISTS,
  [SQLSTATE.duplicateTable]: () => EXISTS,
  [SQLSTATE.duplicateColumn]: () => EXISTS,
  [SQLSTATE.duplicateObject]: () => EXISTS,
  [SQLSTATE.duplicateFunction]: () => `${EXISTS} A function is replaced by CREATE OR REPLACE.`,
  [SQLSTATE.duplicateDatabase]: () => EXISTS,
  [SQLSTATE.undefinedTable]: () => ABSENT,
  [SQLSTATE.undefinedObject]: ({ text }) => (/^(SET|RESET|SHOW)\b/.test(leadingWords(text)) ? NO_SETTING : ABSENT),
  [SQLSTATE.undefinedColumn]: () => ABSENT,
  [SQLSTATE.undefinedFunction]: () =>
    `${ABSENT} It may belong to an extension that is not in this database, or take other types.`,
  [SQLSTATE.invalidSchema]: () =>
    'Make the schema first: CREATE SCHEMA, in a file with a lower version or above the statement.',
  [SQLSTATE.uniqueViolation]: () => `${DATA} More than one row has the same key.`,
  [SQLSTATE.notNullViolation]: () => `${DATA} Give the rows a value, or the column a DEFAULT.`,
  [SQLSTATE.foreignKeyViolation]: () => `${DATA} A row refers to one that is not there.`,
  [SQLSTATE.checkViolation]: () =>
    `${DATA} To check new rows only: NOT VALID, and VALIDATE CONSTRAINT in a later file.`,
  [SQLSTATE.objectInUse]: () =>
    'It is in use, by another session or by rows of this transaction that a trigger still waits for: end that session, or move the statement into a file of its own.',
  [SQLSTATE.serializationFailure]: () => 'Another session changed the same rows meanwhile.',
  [SQLSTATE.connectionFailure]: ({ text }) =>
    /^(CREATE|ALTER) SUBSCRIPTION\b/.test(leadingWords(text))
      ? 'The server of the publication does not answer: correct the CONNECTION, or make the subscription WITH (connect = false).'
      : 'Another server that the statement needs does not answer.',
  [SQLSTATE.featureNotSupported]: ({ text, said }) => notSupported(leadingWords(text), said),
};

const ENDED =
  'The session was ended from outside (pg_terminate_backend, or the server was stopped), which is no mistake of the file: see by `stackctl status` that the server runs.';

const BY_CLASS: Readonly<Record<string, string>> = {
  '22': `${DATA} A value cannot be read as its type, or is too long or too large.`,
  '53': 'The server has no more of what the statement needs (disk, memory, connections): `stackctl logs` says which.',
  '57': ENDED,
};

function notSupported(words: string, { hint }: ServerError): string {
  if (/^CREATE (UNIQUE )?INDEX CONCURRENTLY\b/.test(words))
    return 'A partitioned table takes no index concurrently: make it ON ONLY the table, CONCURRENTLY on each partition, and join them with ALTER INDEX … ATTACH PARTITION.';
  return hint === undefined
    ? 'This server cannot do that: the file needs a newer one, or another way. What only some servers have is left out by `-- stackctl: requires=…`.'
    : 'This server cannot do that here: its own hint says what helps.';
}
