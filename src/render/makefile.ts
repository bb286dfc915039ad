import { StackctlError } from '../errors.ts';
import { recipeWord } from '../lib/quote.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { stackArgument } from '../stack/load/stack-reference.ts';

export interface MakefileCalls {
  /** Path of the project's folder as seen from the Makefile; empty when it is the same. */
  readonly folder: string;
  /** Words of the first `up`, e.g. `--set downAfterMs=2000`: what it was rendered with. No secrets. */
  readonly upFlags: readonly string[];
}

/**
 * The guide's Makefile targets as calls of stackctl, for folders that `render --out` writes. Targets that need a
 * capability are there when a service of the stack has it.
 */
export function renderMakefile(stack: Stack, { folder, upFlags }: MakefileCalls = ALONE): RenderedFile {
  const project = `--project ${stack.project.name}`;
  const arbiters = stack.services.find(({ kind }) => kind.arbiter !== undefined);
  const failing = stack.services.find(({ kind }) => kind.failover !== undefined);
  const monitored = stack.services.find(({ name }) => name === arbiters?.monitors);
  // `cli` hands on what follows the service's name, so the project comes before it.
  const targets: readonly (readonly [string, string])[] = [
    ['up', [`up ${quote(stackArgument(stack))} ${project}`, ...upFlags.map(quote)].join(' ')],
    ['status', `status ${project}`],
    ...statusTargets(arbiters, project),
    ...(failing === undefined ? [] : [['failover-test', `failover-test ${project}`] as const]),
    ...(monitored === undefined ? [] : [['cli', `cli ${project} ${monitored.name}`] as const]),
    ...(arbiters === undefined ? [] : [[`cli-${arbiters.name}`, `cli ${project} ${arbiters.name}`] as const]),
    ['down', `down ${project}`],
    ['clean', `clean --yes ${project}`],
  ];
  // The project is the same one that was rendered only when the call is made in its folder.
  const enter = folder === '' ? '' : `cd ${quote(folder)} && `;
  const rules = targets.map(([name, call]) => `${name}:\n\t${enter}$(STACKCTL) ${call}\n`);
  const header = [
    '# Rendered by stackctl. Each target is one call; `make STACKCTL=/path/to/stackctl up` uses another program.',
    'STACKCTL ?= stackctl',
    `.PHONY: ${targets.map(([name]) => name).join(' ')}`,
    '',
  ];
  return { path: 'Makefile', text: `${header.join('\n')}\n${rules.join('\n')}`, mode: 0o644 };
}

const ALONE: MakefileCalls = { folder: '', upFlags: [] };

/** @throws E_USAGE for a line break, which a recipe cannot hold. */
function quote(word: string): string {
  const quoted = recipeWord(word);
  if (quoted !== undefined) return quoted;
  throw new StackctlError(
    'E_USAGE',
    'a Makefile cannot hold a line break, and a path or a flag of this project has one',
    {
      hint: 'Rename the folder, or put the value into stackctl.yaml.',
    },
  );
}

function statusTargets(arbiters: Service | undefined, project: string): readonly (readonly [string, string])[] {
  return arbiters === undefined ? [] : [[`${arbiters.name}-status`, `health ${arbiters.name} ${project}`]];
}
