import { leadingWords } from '../sql/refused-statements.ts';

/** Statements that make a way to rows of another database: what writes by it would write to live data. */
const MAKES_A_WAY = /^(CREATE (?:SERVER|USER MAPPING|FOREIGN TABLE)|IMPORT FOREIGN SCHEMA)\b/;
/** The same inside of the body of a function or a DO block, which is a text. */
const IN_BODY = /\b(create\s+(?:server|user\s+mapping|foreign\s+table)|import\s+foreign\s+schema)\b/i;
const HAS_BODY = /^(DO|CREATE (OR REPLACE )?(FUNCTION|PROCEDURE))\b/;
const DBLINK = /\b(dblink\w*)"?(?:\s|\/\*[\s\S]*?\*\/|--[^\n]*)*\(/i;
/** A statement with neither of these words is not looked at further. */
const SUSPECT = /dblink|\bserver\b|\bforeign\b|\bmapping\b/i;

/** Why a statement may reach another database than the one it runs in; undefined: it does not. Pure. */
export function reachesOut(text: string): string | undefined {
  if (!SUSPECT.test(text)) return undefined;
  const words = leadingWords(text);
  // GRANT and COMMENT name a function with its brackets, and call nothing.
  if (/^(GRANT|REVOKE|COMMENT)\b/.test(words)) return undefined;
  const found = MAKES_A_WAY.exec(words)?.[1] ?? (HAS_BODY.test(words) ? IN_BODY.exec(text)?.[1] : undefined);
  if (found !== undefined) return `${found.toUpperCase().replace(/\s+/g, ' ')} reaches another database`;
  const call = DBLINK.exec(text)?.[1];
  return call === undefined ? undefined : `${call}() reaches another database`;
}
