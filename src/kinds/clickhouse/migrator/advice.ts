import { quoteName } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';

interface AdviceAbout {
  readonly user: string;
  /** The statement, or one above it in its file, sets `readonly`. */
  readonly setsReadonly?: boolean;
}

/** What to do about the failure of a statement, in one or two sentences that name a command or a change. Pure. */
export function adviceFor(error: unknown, { user, setsReadonly = false }: AdviceAbout): string {
  if (!(error instanceof ClickhouseError)) return 'Run `stackctl status` and `stackctl logs` to see why.';
  if (setsReadonly && REFUSED_SETTING.has(error.serverCode)) return READONLY_FILE;
  if (error.serverCode === ACCESS_DENIED) return grantAdvice(error.message, user);
  return ADVICE[error.serverCode] ?? 'Fix the file.';
}

const ACCESS_DENIED = 497;
/** READONLY, SETTING_CONSTRAINT_VIOLATION */
const REFUSED_SETTING = new Set([164, 452]);
const READONLY_FILE =
  'The file sets readonly: the server then refuses every change, and also the settings with which stackctl waits for an ALTER (alter_sync, mutations_sync). Take readonly out of the file.';

/** The server names what is lacking: `it's necessary to have the grant CREATE TABLE ON shop.*`. */
function grantAdvice(message: string, user: string): string {
  const found = /necessary to have (?:the )?grant (.+? ON \S+?)( WITH GRANT OPTION)?(?:\.\s|\.$|\s|$)/i.exec(message);
  const refused = `The user ${user} may not do this.`;
  if (found === null) return `${refused} Let an administrator grant what the message names.`;
  const [, grant, option = ''] = found;
  return `${refused} Let an administrator run: GRANT ${grant} TO ${quoteName(user)}${option};`;
}

const NAMES =
  'Look at what is there (`SHOW TABLES`, `DESCRIBE TABLE`) and fix the name; USE counts up to the end of its file.';
const TYPES = 'Fix the types or the number of the arguments.';
const EXISTS =
  'If an earlier attempt made it, write IF NOT EXISTS; if something else did, drop it or give this one another name.';
const TIME =
  'Give it more time: `statement_timeout` in the file, `--timeout` of the command, or max_execution_time where the file or the profile sets it.';
const REMOTE =
  'Another server that the statement reads or writes does not answer: see that it runs and that the address is right.';
const PROFILE =
  "The profile of the service's user does not allow this: change it there (readonly, constraints), not in the file.";

const ADVICE: Readonly<Record<number, string>> = {
  // NOT_FOUND_COLUMN_IN_BLOCK, NO_SUCH_COLUMN_IN_TABLE, UNKNOWN_IDENTIFIER, UNKNOWN_FUNCTION, UNKNOWN_TABLE, UNKNOWN_DATABASE
  10: NAMES,
  16: NAMES,
  47: NAMES,
  46: 'This server has no such function: look for its name in `SELECT name FROM system.functions`.',
  60: NAMES,
  81: `${NAMES} Make a database first: CREATE DATABASE IF NOT EXISTS.`,
  // DUPLICATE_COLUMN, TABLE_ALREADY_EXISTS, DATABASE_ALREADY_EXISTS
  15: EXISTS,
  57: EXISTS,
  82: EXISTS,
  // BAD_ARGUMENTS, NUMBER_OF_ARGUMENTS_DOESNT_MATCH, ILLEGAL_TYPE_OF_ARGUMENT, TYPE_MISMATCH
  36: 'Fix the argument that the message names.',
  42: TYPES,
  43: TYPES,
  53: TYPES,
  // SYNTAX_ERROR
  62: 'Fix the statement: the place is where the server could not read on.',
  // UNKNOWN_SETTING, SUPPORT_IS_DISABLED
  115: 'This server has no such setting: look for its name in `SELECT name FROM system.settings`.',
  344: 'Switch it on in the file: SET and the setting that the message names.',
  // TIMEOUT_EXCEEDED, TOO_SLOW
  159: TIME,
  160: TIME,
  // SOCKET_TIMEOUT, NETWORK_ERROR, ALL_CONNECTION_TRIES_FAILED, NO_REMOTE_SHARD_AVAILABLE
  209: `${REMOTE} If it only takes long: SET receive_timeout (in seconds) in the file, above the statement.`,
  210: REMOTE,
  279: REMOTE,
  519: REMOTE,
  // READONLY, SETTING_CONSTRAINT_VIOLATION
  164: PROFILE,
  452: PROFILE,
  // MEMORY_LIMIT_EXCEEDED
  241: 'Do it in smaller pieces (a partition or a range at a time), or let it spill: SET max_bytes_before_external_group_by.',
  // TABLE_IS_READ_ONLY, TABLE_IS_PERMANENTLY_READ_ONLY
  242: 'The replica has lost its Keeper, or what Keeper knew of it: see `SELECT * FROM system.replicas WHERE is_readonly`. Once Keeper answers: SYSTEM RESTART REPLICA, or SYSTEM RESTORE REPLICA.',
  774: 'The table itself is read-only: ALTER TABLE … MODIFY SETTING table_readonly = 0, or its disk is one that cannot be written.',
  // NOT_ENOUGH_SPACE
  243: 'Free disk space: `stackctl inspect` has the disks of this server.',
  // TOO_MANY_PARTS
  252: 'Insert fewer and larger batches, and wait for the merges.',
  // TABLE_SIZE_EXCEEDS_MAX_DROP_SIZE_LIMIT
  359: 'The server guards large tables: SET max_table_size_to_drop = 0 in the file, above the statement.',
  // SESSION_NOT_FOUND
  372: "The server was started again and has forgotten the file's session: nothing of this statement was done.",
  // DEADLOCK_AVOIDED
  473: 'Something else holds the table: see `SELECT query_id, elapsed, query FROM system.processes`.',
};
