import { join } from 'node:path';
import { escapeControls } from '../../lib/escape-controls.ts';
import { packageRoot } from '../../lib/package-root.ts';
import type { CommandModule } from '../line/command.ts';
import { COMMANDS } from '../line/table.ts';
import { type Candidates, candidatesFor } from './candidates.ts';
import { liveNames } from './live-names.ts';

/**
 * `stackctl __complete -- WORDS…`: one candidate a line, `value<TAB>description`, or `:files` alone. The shells' scripts
 * call it at every press of the tab key.
 */
export const configure: CommandModule['configure'] = (command) => {
  command.argument('[words...]', 'the words after stackctl, up to the cursor');
};

export const run: CommandModule['run'] = async ({ cwd, stdout }, words) => {
  const input = { words, commands: COMMANDS, live: liveNames(cwd, join(packageRoot(), 'templates')) };
  // A broken file must not print over the line that the user types: no candidates is the answer then.
  const found = await candidatesFor(input).catch((): Candidates => ({ type: 'words', words: [] }));
  stdout.write(found.type === 'files' ? ':files\n' : lines(found));
  return { exitCode: 0 };
};

function lines({ words }: Extract<Candidates, { type: 'words' }>): string {
  const typable = words.filter(({ value }) => escapeControls(value) === value);
  return typable.map(({ value, description }) => `${value}\t${description}\n`).join('');
}
