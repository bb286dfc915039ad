import { quoteName } from '../../../clients/clickhouse/ask.ts';
import { type TablePlace, tablePlaces } from '../schema/table-places.ts';
import { isSignificant, lexerOf } from '../sql/tokens.ts';
import { reachesOut } from './foreign.ts';
import { namesLive } from './unplaced.ts';

export type Shadowed =
  | { readonly type: 'run'; readonly text: string }
  /** It is for the whole server, which has it already. */
  | { readonly type: 'leftOut'; readonly why: string }
  /** Without it the rest would say nothing, and with it another database would be changed. */
  | { readonly type: 'refused'; readonly why: string };

export interface Databases {
  /** That of the service. */
  readonly own: string;
  readonly shadow: string;
  /** Whether a name is that of another database of the server. */
  readonly isOther: (name: string) => boolean;
}

const LEFT_OUT = /^(CREATE|DROP)( OR REPLACE)? FUNCTION\b/;
const SERVER_WIDE =
  /^((CREATE|ALTER|DROP|MOVE)( OR REPLACE)? (USER|ROLE|ROW POLICY|POLICY|QUOTA|SETTINGS PROFILE|PROFILE|NAMED COLLECTION|RESOURCE|WORKLOAD)|GRANT|REVOKE|SYSTEM|KILL|BACKUP|RESTORE|SET DEFAULT ROLE|INSERT( INTO)?( TABLE)? FUNCTION)\b/;

/** A statement as it can run in a shadow database: the service's database is the shadow in it. Pure. */
export function withinShadow(statement: string, databases: Databases): Shadowed {
  const words = firstWords(statement);
  if (LEFT_OUT.test(words)) return { type: 'leftOut', why: `${LEFT_OUT.exec(words)?.[0]} concerns the whole server` };
  const wide = SERVER_WIDE.exec(words)?.[0];
  if (wide !== undefined) return { type: 'refused', why: `${wide} concerns the whole server` };
  const outside = reachesOut(statement);
  if (outside !== undefined) return { type: 'refused', why: outside };
  const places = tablePlaces(statement);
  const other = places.find((place) => isElsewhere(place, databases))?.database;
  if (other !== undefined) return { type: 'refused', why: `it names the database ${other.text}` };
  const live = namesLive(statement, places, (name) => name === databases.own || databases.isOther(name));
  if (live !== undefined) return { type: 'refused', why: live };
  return { type: 'run', text: renamed(statement, places, databases) };
}

function isElsewhere({ database, table }: TablePlace, { own, isOther }: Databases): boolean {
  if (database === undefined || database.text === own) return false;
  return table === undefined || isOther(database.text);
}

function renamed(statement: string, places: readonly TablePlace[], { own, shadow }: Databases): string {
  let text = '';
  let at = 0;
  for (const { database } of places) {
    if (database?.text !== own) continue;
    text += statement.slice(at, database.start) + quoteName(shadow);
    at = database.end;
  }
  return text + statement.slice(at);
}

function firstWords(statement: string): string {
  const words: string[] = [];
  for (const token of lexerOf(statement)(0)) {
    if (!isSignificant(token)) continue;
    if (token.type !== 'word' || words.length === 6) break;
    words.push(statement.slice(token.start, token.end).toUpperCase());
  }
  return words.join(' ');
}
