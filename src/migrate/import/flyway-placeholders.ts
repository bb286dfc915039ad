import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { statementsIn } from './statements.ts';
import { problemAt, type SourceLine } from './tool.ts';

/** What Flyway would fill in when it runs a file: `${name}` in a statement. In a comment it changes nothing. Pure. */
export function placeholdersIn(lines: readonly SourceLine[], sql: SqlDialect): readonly Problem[] {
  const { comments } = statementsIn(lines, sql);
  let start = 0;
  return lines.flatMap((line) => {
    const offset = start;
    start += line.text.length + 1;
    return [...line.text.matchAll(/\$\{[^}]+\}/g)].flatMap(({ 0: placeholder, index }) => {
      const at = offset + index;
      if (comments.some((comment) => comment.offset <= at && at < comment.offset + comment.text.length)) return [];
      return [problemAt(line, `Flyway fills in ${placeholder} when it runs: ${ADVICE}`, index + 1)];
    });
  });
}

const ADVICE =
  'write its value here, or, if it is meant as text, placeholderReplacement=false into a .conf file beside this one';
