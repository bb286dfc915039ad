import type { MarkedTool } from './marked-file.ts';
import type { Mark } from './marks.ts';
import { byFileName, byVersion } from './order.ts';
import { readMarked } from './read-marked.ts';
import { type Draft, type ForeignTool, sqlFilesOf } from './tool.ts';

/** Files with `-- +migrate Up` and `-- +migrate Down`, each with `notransaction` or without, and statement blocks. */
export const SQL_MIGRATE: ForeignTool = {
  name: 'sql-migrate',
  recognise: (files) => sqlFilesOf(files).some(({ text }) => /^-- \+migrate (?:Up|Down)\b/m.test(text)),
  convert: (files, sql) => readMarked(TOOL, files, sql, byNumberOrName),
};

/** By number where both files have one, else by name. */
function byNumberOrName(a: Draft, b: Draft): number {
  const numbered = a.version !== '' && b.version !== '';
  return (numbered ? byVersion(a, b) : 0) || byFileName(a, b);
}

const TOOL: MarkedTool = {
  name: 'sql-migrate',
  firstMark: '-- +migrate Up',
  markOf: (line) => {
    const { words } = /^-- \+migrate (?<words>.*)$/.exec(line)?.groups ?? {};
    return words === undefined ? undefined : markOf(words.trim().split(/\s+/));
  },
  nameOf: (name) => {
    const { version = '', title = '' } = /^(?<version>\d*)(?<title>.*)\.sql$/.exec(name)?.groups ?? {};
    return { version, title };
  },
};

function markOf([command = '', ...options]: readonly string[]): Mark {
  const transaction = !options.includes('notransaction');
  switch (command) {
    case 'Up':
      return { type: 'part', part: 'up', transaction };
    case 'Down':
      return { type: 'part', part: 'down', transaction };
    case 'StatementBegin':
      return { type: 'begin' };
    case 'StatementEnd':
      return { type: 'end' };
    default:
      return { type: 'mistake', message: `sql-migrate knows no mark "${command}": correct it or take it out` };
  }
}
