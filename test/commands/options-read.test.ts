import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CommandEntry } from '../../src/commands/line/command.ts';
import { GLOBAL_OPTIONS } from '../../src/commands/line/global-options.ts';
import { buildCommand } from '../../src/commands/line/parse.ts';
import { COMMANDS } from '../../src/commands/line/table.ts';
import { actionEntry } from '../../src/commands/line/target.ts';
import { main } from '../../src/main.ts';
import { ROOT } from '../support/cli.ts';
import { testHost } from '../support/host.ts';

/** No option is accepted and then left out of account. */

const FOLDER = join(ROOT, 'src/commands');
const GLOBAL: ReadonlySet<string> = new Set(GLOBAL_OPTIONS.map(({ long }) => long));

const entries = await Promise.all(
  COMMANDS.map(async (verb) => {
    const { actions = [] } = await verb.load();
    return [verb, ...actions.map((action) => actionEntry(verb, action))];
  }),
);
const all = entries.flat().map((entry) => [entry.name, entry] as const);

describe.each(all)('%s', (_, entry) => {
  test('reads every option that it declares', async () => {
    const { options } = buildCommand(entry, await entry.load());
    const text = sourceOf(entry);
    const names = options
      .filter(({ hidden, long }) => !hidden && (!GLOBAL.has(long ?? '') || long === '--timeout'))
      .map((option) => option.attributeName());
    const unread = names.filter((name) => !isRead(name, text));
    expect(unread).toEqual([]);
  });

  test('takes --timeout, or says that it does not', async () => {
    const takes = buildCommand(entry, await entry.load()).options.some(
      ({ long, hidden }) => long === '--timeout' && !hidden,
    );
    const host = testHost([...entry.name.split(' '), '--json', '--timeout', takes ? 'soon' : '5s']);
    expect(await main(host)).toBe(2);
    const why = takes ? 'Give a number with a unit' : 'does not wait';
    expect(JSON.parse(host.out()).error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining(why) });
  });
});

/** The file of the verb and those that it imports from this folder, without the declarations. */
function sourceOf(entry: CommandEntry): string {
  const file = /["'](?:.*\/commands|\.\.?)\/(.+?\.ts)["']/.exec(String(entry.load))?.[1] ?? '';
  return withImports(join(FOLDER, file));
}

function withImports(path: string, seen = new Set<string>()): string {
  if (seen.has(path)) return '';
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, name = '']) => join(dirname(path), name));
  const own = imported.filter((name) => name.startsWith(`${FOLDER}/`) && !name.startsWith(`${FOLDER}/line/`));
  return [text, ...own.map((name) => withImports(name, seen))].join('\n');
}

function isRead(name: string, text: string): boolean {
  if (name === 'timeout') return /\btimeoutMs\b|\bstopLimit\(/.test(text);
  return new RegExp(`\\.${name}\\b|\\{[^{}:;]*\\b${name}\\b[^{}:;]*\\}`).test(text);
}
