import { EventEmitter } from 'node:events';
import type { Client } from 'pg';
import { expect, test } from 'vitest';
import { hearNotices } from '../../../../../src/kinds/_shared/postgres/migrator/notices.ts';

function heard(said: readonly Readonly<Record<string, string>>[]): readonly string[] {
  const server = new EventEmitter();
  const lines: string[] = [];
  const notices = hearNotices(server as unknown as Client, (line) => lines.push(line));
  for (const [index, one] of said.entries()) {
    notices.at(`line ${index + 1}`);
    server.emit('notice', { severity: 'NOTICE', code: '00000', ...one });
  }
  notices.end();
  server.emit('notice', { severity: 'NOTICE', code: '00000', message: 'too late' });
  return lines;
}

test('each is one line, with its place and, where it has a meaning, its SQLSTATE', () => {
  expect(
    heard([
      { message: 'table "t" does not exist, skipping' },
      { message: 'relation "t" already exists, skipping', code: '42P07' },
      { severity: 'WARNING', code: '01000', message: 'two\n  lines', detail: 'and more' },
      { message: 'x'.repeat(400) },
    ]),
  ).toEqual([
    'NOTICE: table "t" does not exist, skipping (line 1)',
    'NOTICE: relation "t" already exists, skipping (42P07, line 2)',
    'WARNING: two lines and more (01000, line 3)',
    `NOTICE: ${'x'.repeat(300)}… (line 4)`,
  ]);
});

test('of many of one kind the first ones are shown and the others counted, in every language', () => {
  const many = Array.from({ length: 20 }, (_, n) => ({
    severity: 'HINWEIS',
    message: `Tabelle »t${n}« existiert nicht`,
    routine: 'DropErrorMsgNonExistent',
  }));
  const warnings = Array.from({ length: 12 }, () => ({ severity: 'WARNUNG', code: '01000', message: 'Achtung' }));
  const lines = heard([...many, ...warnings, { message: 'another', routine: 'exec_stmt_raise' }]);
  expect(lines.filter((line) => line.startsWith('HINWEIS: Tabelle'))).toHaveLength(3);
  expect(lines.filter((line) => line.startsWith('WARNUNG: Achtung'))).toHaveLength(10);
  expect(lines.slice(-3)).toEqual([
    'NOTICE: another (line 33)',
    'HINWEIS: 17 more of this kind',
    'WARNUNG: 2 more of this kind',
  ]);
});
