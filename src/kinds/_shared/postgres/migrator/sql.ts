import type { SqlDialect } from '../../../../stack/contract/migrate.ts';
import { type OutsideTransaction, refusedStatements } from './refused-statements.ts';

/** PostgreSQL's SQL, as far as migration files are read without a server. @param more of an extension. */
export function postgresSql(more: readonly OutsideTransaction[] = []): SqlDialect {
  return {
    rules: {
      backslashEscapes: false,
      escapeTexts: true,
      dollarQuotes: true,
      backticks: false,
      hashComments: false,
      crEndsComments: true,
      nestedComments: true,
      // As psql counts BEGIN and END (src/fe_utils/psqlscan.l): only where a function or a procedure is defined.
      bodyStart: /^create (or replace )?(function|procedure)\b/,
      clientProgram: 'psql',
    },
    refused: (statements, transactional) => refusedStatements(statements, transactional, more),
  };
}
