import type { LintFinding, LintPart } from '../../../../../stack/contract/lint.ts';
import type { SqlPiece } from '../../../../../stack/contract/migrate.ts';
import { type NormalForm, normalForm } from '../normal-form.ts';
import { ACTION_RULES, STATEMENT_RULES } from './rules.ts';
import { wayRules } from './way-rules.ts';

/** What hurts a table that is large or in use, and what to write instead. Tables that the part makes itself are free. Pure. */
export function lintPostgres(statements: readonly SqlPiece[], part: LintPart): readonly LintFinding[] {
  const made = new Set<string>();
  const findings: LintFinding[] = [];
  const read = statements.map((statement) => ({
    statement,
    form: normalForm(statement.text),
    offset: statement.offset,
  }));
  for (const { form, offset } of read) {
    findings.push(...findingsIn(form, made).map((finding) => ({ ...finding, offset: offset + finding.offset })));
    const table = /^CREATE (?:UNLOGGED |TEMP |TEMPORARY |FOREIGN )*TABLE (?:IF NOT EXISTS )?(\S+)/.exec(form.text)?.[1];
    if (table !== undefined) made.add(table);
  }
  return [...findings, ...wayRules(read, part)].toSorted((a, b) => a.offset - b.offset);
}

function findingsIn(form: NormalForm, made: ReadonlySet<string>): readonly LintFinding[] {
  const { text, parts } = form;
  const altered = /^ALTER (?:FOREIGN )?TABLE (?:IF EXISTS )?(?:ONLY )?(\S+) ?\*? (?=.)/.exec(text);
  if (altered !== null) return made.has(altered[1] ?? '') ? [] : alterations(parts, altered[0].length);
  const index = /^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY ).*? ?ON (?:ONLY )?(\S+)/.exec(text)?.[1];
  if (index !== undefined && !made.has(index) && !isByChunk(text)) return [{ ...INDEX, offset: 0 }];
  const hypertable = /CREATE_HYPERTABLE \( .*MIGRATE_DATA ?(=>|:=) ?TRUE/.test(text);
  return [
    ...(hypertable ? [{ ...HYPERTABLE, offset: 0 }] : []),
    ...STATEMENT_RULES.flatMap(({ pattern, ...rule }) => (pattern.test(text) ? [{ ...rule, offset: 0 }] : [])),
  ];
}

/** @param head length of the words before the first action, in normal form. */
function alterations(parts: NormalForm['parts'], head: number): readonly LintFinding[] {
  return parts.flatMap(({ text, offset }, index) => {
    const action = index === 0 ? text.slice(head) : text;
    return ACTION_RULES.flatMap(({ pattern, ...rule }) => (pattern.test(action) ? [{ ...rule, offset }] : []));
  });
}

/** TimescaleDB locks one chunk after the other then. */
function isByChunk(text: string): boolean {
  return text.includes('TIMESCALEDB.TRANSACTION_PER_CHUNK');
}

const INDEX: Omit<LintFinding, 'offset'> = {
  rule: 'index-build',
  level: 'warning',
  message: 'nobody can write to the table until the index is built',
  instead:
    'CREATE INDEX CONCURRENTLY in a file with -- stackctl: transaction=false; for a hypertable WITH (timescaledb.transaction_per_chunk)',
};

const HYPERTABLE: Omit<LintFinding, 'offset'> = {
  rule: 'hypertable-data',
  level: 'warning',
  message: 'all rows are moved in one transaction while nobody can read or write the table',
  instead: 'make an empty hypertable, copy the rows in steps, rename it',
};
