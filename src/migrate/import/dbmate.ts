import type { MarkedTool } from './marked-file.ts';
import type { Mark } from './marks.ts';
import { byFileName } from './order.ts';
import { readMarked } from './read-marked.ts';
import { type ForeignTool, sqlFilesOf } from './tool.ts';

/** `20260102150405_title.sql` with `-- migrate:up` and `-- migrate:down`, each with `transaction:false` or without. */
export const DBMATE: ForeignTool = {
  name: 'dbmate',
  recognise: (files) => sqlFilesOf(files).some(({ text }) => UP.test(text)),
  convert: (files, sql) => readMarked(TOOL, files, sql, byFileName),
};

const UP = /^--\s*migrate:up(?:\s|$)/m;
const MARK = /^--\s*migrate:(?<part>up|down)(?<options>\s.*)?$/;

const TOOL: MarkedTool = {
  name: 'dbmate',
  firstMark: '-- migrate:up',
  markOf: (line) => {
    const { part, options = '' } = MARK.exec(line)?.groups ?? {};
    if (part !== 'up' && part !== 'down') return undefined;
    return partOf(part, options.trim().split(/\s+/));
  },
  nameOf: (name) => {
    const { version, title } = /^(?<version>\d+)(?<title>.*)\.sql$/.exec(name)?.groups ?? {};
    return version === undefined ? undefined : { version, title: title ?? '' };
  },
};

function partOf(part: 'up' | 'down', options: readonly string[]): Mark {
  const unknown = options.find((option) => option !== '' && !/^transaction:(true|false)$/.test(option));
  if (unknown !== undefined)
    return { type: 'mistake', message: `dbmate has no option "${unknown}": take it out, or write transaction:false` };
  return { type: 'part', part, transaction: !options.includes('transaction:false') };
}
