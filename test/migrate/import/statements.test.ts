import fc from 'fast-check';
import { expect, test } from 'vitest';
import { POSTGRES_SQL } from '../../../src/kinds/_shared/postgres/sql/dialect.ts';
import { readContent } from '../../../src/migrate/content.ts';
import { planImport } from '../../../src/migrate/import/plan.ts';
import type { SourceFile } from '../../../src/migrate/import/tool.ts';
import { chooseTool } from '../../../src/migrate/import/tools.ts';

/** Each is one statement, whatever stands in it. */
const STATEMENTS = [
  'SELECT 1',
  "INSERT INTO t VALUES ('a;\n-- no comment\n;b', E'\\';', \"odd;name\")",
  'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$\nBEGIN\n  -- ends; here;\n  RETURN 1;\nEND;\n$body$',
  'CREATE FUNCTION g() RETURNS int LANGUAGE sql\nBEGIN ATOMIC\n  SELECT 1;\nEND',
  'CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM u; DELETE FROM v)',
  'DO $$ BEGIN PERFORM $x$;$x$; END $$',
  'ALTER TABLE t /* why; not */ ADD COLUMN c text -- the last one;\n  DEFAULT $$;$$',
];
const COMMENTS = ['-- a word; about it', '/* one; /* inside */ other */', '-- down below', ''];

const piece = fc.record({
  statement: fc.constantFrom(...STATEMENTS),
  comment: fc.constantFrom(...COMMENTS),
  semicolon: fc.boolean(),
});
type Piece = { readonly statement: string; readonly comment: string; readonly semicolon: boolean };
const part = fc.array(piece, { minLength: 1, maxLength: 4 });

const plain = (pieces: readonly Piece[]): string =>
  pieces
    .map(({ statement, comment, semicolon }, index) =>
      [comment, index === pieces.length - 1 && !semicolon ? statement : `${statement};`].join('\n'),
    )
    .join('\n');
/** Each statement in a block, some of them without a semicolon. */
const blocks = (pieces: readonly Piece[], mark: string): string =>
  pieces
    .map(({ statement, comment, semicolon }) =>
      [comment, `${mark} StatementBegin`, `${statement}${semicolon ? ';' : ''}`, `${mark} StatementEnd`].join('\n'),
    )
    .join('\n');

const file = (name: string, text: string): SourceFile => ({ name, path: name, text });

const TOOLS: Readonly<Record<string, (up: readonly Piece[], down: readonly Piece[]) => readonly SourceFile[]>> = {
  dbmate: (up, down) => [file('1_a.sql', `-- migrate:up\n${plain(up)}\n-- migrate:down\n${plain(down)}\n`)],
  goose: (up, down) => [
    file('1_a.sql', `-- +goose Up\n${blocks(up, '-- +goose')}\n-- +goose Down\n${blocks(down, '-- +goose')}\n`),
  ],
  'sql-migrate': (up, down) => [
    file('1_a.sql', `-- +migrate Up\n${blocks(up, '-- +migrate')}\n-- +migrate Down\n${blocks(down, '-- +migrate')}`),
  ],
  'golang-migrate': (up, down) => [file('1_a.up.sql', plain(up)), file('1_a.down.sql', `${plain(down)}\n`)],
  flyway: (up, down) => [file('V1__a.sql', plain(up)), file('U1__a.sql', plain(down))],
};

test.each(Object.entries(TOOLS))('%s: every statement and every comment stays as it is written', (name, write) => {
  fc.assert(
    fc.property(part, part, (up, down) => {
      const files = write(up, down);
      const tool = chooseTool(files, 'db', undefined);
      expect(tool.name).toBe(name);
      const target = { sql: POSTGRES_SQL, withoutTransactions: false, files: [] };
      const { plan, problems } = planImport(tool, files, target);
      expect(problems).toEqual([]);
      const [step] = plan.steps;
      const read = readContent('1_a.sql', step?.text ?? '', target);
      if (!read.ok || step === undefined) throw new Error(JSON.stringify(read));
      const texts = (statements: readonly { readonly text: string }[] = []) => statements.map(({ text }) => text);
      expect(texts(read.content.up.statements)).toEqual(up.map(({ statement }) => statement));
      expect(texts(read.content.down?.statements)).toEqual(down.map(({ statement }) => statement));
      for (const { comment } of [...up, ...down]) expect(step.text).toContain(comment);
      const again = planImport(tool, files, { ...target, files: [file(step.target, step.text)] });
      expect(again.problems).toEqual([]);
      expect(again.plan.steps).toMatchObject([{ isThere: true }]);
    }),
    { numRuns: 25 },
  );
});
