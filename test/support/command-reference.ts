import type { Command } from 'commander';
import type { CommandEntry } from '../../src/commands/line/command.ts';
import { explanationOf, flagsOf, GLOBAL_OPTIONS } from '../../src/commands/line/global-options.ts';
import { buildCommand } from '../../src/commands/line/parse.ts';
import { COMMANDS, GROUPS } from '../../src/commands/line/table.ts';
import { actionEntry } from '../../src/commands/line/target.ts';

/** docs/commands.md, made from the table of verbs, what each declares, and the table of global options. */
export async function commandReference(): Promise<string> {
  const groups = await Promise.all(
    GROUPS.map(async (group) => {
      const verbs = COMMANDS.filter((command) => command.group === group);
      return [`## ${group}`, ...(await Promise.all(verbs.map(verb)))].join('\n\n');
    }),
  );
  return `${[INTRODUCTION, ...groups, globalOptions()].join('\n\n')}\n`;
}

const INTRODUCTION = `# Commands

What \`stackctl <command> --help\` prints, on one page. Made by \`npm run docs\`; the options of every command stand at the end.`;

async function verb(entry: CommandEntry): Promise<string> {
  const also = entry.aliases.length === 0 ? '' : ` (also \`${entry.aliases.join('`, `')}\`)`;
  const module = await entry.load();
  const help = helpOf(buildCommand(entry, module));
  const actions = await Promise.all(
    (module.actions ?? []).map(async (action) => {
      const named = actionEntry(entry, action);
      return section(`#### ${named.name}`, helpOf(buildCommand(named, await action.load())));
    }),
  );
  return [section(`### ${entry.name}${also}`, help), ...actions].join('\n\n');
}

function section(title: string, help: string): string {
  return `${title}\n\n\`\`\`text\n${help}\n\`\`\``;
}

const WIDTH = 100;

function helpOf(command: Command): string {
  let text = '';
  const writeOut = (part: string) => {
    text += part;
  };
  command.configureOutput({ getOutHelpWidth: () => WIDTH, writeOut });
  command.outputHelp();
  return text.replace(/\n\nGlobal options:\n(?: .*\n)*/, '\n').trim();
}

function globalOptions(): string {
  const rows = GLOBAL_OPTIONS.map((option) => `| \`${flagsOf(option)}\` | ${explanationOf(option)} |`);
  return ['## Options of every command', '', '| option | |', '|---|---|', ...rows].join('\n');
}
