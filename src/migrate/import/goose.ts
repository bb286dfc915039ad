import type { Problem } from '../../stack/source/problem.ts';
import type { MarkedTool } from './marked-file.ts';
import type { Mark } from './marks.ts';
import { byVersion } from './order.ts';
import { readMarked } from './read-marked.ts';
import { type ForeignTool, problemAt, type SourceFile, sqlFilesOf } from './tool.ts';

/** `00001_title.sql` with `-- +goose Up`, `Down`, `StatementBegin`, `StatementEnd`, `NO TRANSACTION`. */
export const GOOSE: ForeignTool = {
  name: 'goose',
  recognise: (files) => sqlFilesOf(files).some(({ text }) => UP.test(text)),
  convert: (files, sql) => {
    const read = readMarked(TOOL, files, sql, byVersion);
    return { ...read, problems: [...read.problems, ...programs(files)] };
  },
};

const UP = /^--\s*\+goose\s+up\s*$/im;
const MARK = /^\s*--.*\+goose\b/;

const TOOL: MarkedTool = {
  name: 'goose',
  firstMark: '-- +goose Up',
  markOf: (line) => {
    if (!MARK.test(line)) return undefined;
    const words = line.replaceAll('--', '').replace('+goose', '').trim();
    return (
      MARKS[words.toLowerCase()] ?? {
        type: 'mistake',
        message: `goose knows no mark "${words}": correct it or take it out`,
      }
    );
  },
  nameOf: (name) => {
    const { version, title } = /^(?<version>\d+)_(?<title>.*)\.sql$/.exec(name)?.groups ?? {};
    return version === undefined || title === undefined ? undefined : { version, title };
  },
};

const MARKS: Readonly<Record<string, Mark>> = {
  up: { type: 'part', part: 'up', transaction: true },
  down: { type: 'part', part: 'down', transaction: true },
  statementbegin: { type: 'begin' },
  statementend: { type: 'end' },
  'no transaction': { type: 'noTransaction' },
  'envsub on': {
    type: 'mistake',
    message:
      'goose fills in environment variables below this line, and a migration of stackctl says the same everywhere: write their values into the file and take this line out',
  },
  'envsub off': { type: 'leftOut' },
};

/** Migrations that are programs. */
function programs(files: readonly SourceFile[]): readonly Problem[] {
  const found = files.filter(({ name }) => /^\d+_[^/]*\.go$/.test(name) && !name.endsWith('_test.go'));
  return found.map(({ path }) =>
    problemAt(
      { path, line: 1 },
      'a migration in Go: write what it does as SQL, under the same number, and move this file away',
    ),
  );
}
