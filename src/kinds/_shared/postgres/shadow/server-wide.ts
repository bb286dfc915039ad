import { leadingWords } from '../sql/refused-statements.ts';

/** Statements that change more than their own database: roles, other databases, the server's settings. */
const SERVER_WIDE =
  /^(((CREATE|ALTER|DROP) (ROLE|USER|GROUP|DATABASE|TABLESPACE|SUBSCRIPTION)|DROP OWNED|REASSIGN OWNED|ALTER SYSTEM)\b(?! MAPPING\b))/;

/** Most statements begin otherwise and are not looked at further. */
const SUSPECT = /^(CREATE|ALTER|DROP|REASSIGN|GRANT|REVOKE|COMMENT|SECURITY)\b/i;

/** Why a statement is left out of a shadow database; undefined: it is not. Pure. */
export function serverWide(text: string): string | undefined {
  if (!SUSPECT.test(text)) return undefined;
  const words = leadingWords(text);
  const found = SERVER_WIDE.exec(words)?.[1] ?? grantOfRole(words) ?? OF_SERVER.exec(words)?.[1];
  return found === undefined ? undefined : `${found} concerns the whole server`;
}

const OF_SERVER = /^(COMMENT ON (?:ROLE|DATABASE|TABLESPACE|SUBSCRIPTION))\b/;

/** `GRANT reader TO shop` and `GRANT … ON DATABASE`: privileges on other objects say ON and the kind or a name. */
function grantOfRole(words: string): string | undefined {
  const [verb = ''] = words.split(' ');
  if (verb !== 'GRANT' && verb !== 'REVOKE') return undefined;
  if (/ ON (DATABASE|TABLESPACE)\b/.test(words)) return `${verb} ON ${/ ON (\w+)/.exec(words)?.[1]}`;
  return / (TO|FROM)\b/.test(words) && !/ ON\b/.test(words) ? `${verb} of a role` : undefined;
}
