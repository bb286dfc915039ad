import { relative, resolve } from 'node:path';
import { StackctlError } from '../errors.ts';
import type { OpenedProject } from '../project/open.ts';
import { drift } from '../render/drift.ts';
import { type MakefileCalls, renderMakefile } from '../render/makefile.ts';
import { render } from '../render/render.ts';
import { writeRendered } from '../render/write.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { CommandContext, CommandModule, CommandResult, Switch } from './line/command.ts';
import { open } from './session/open.ts';

interface RenderFlags {
  readonly out: string | undefined;
  readonly check: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'a built-in stack or a folder with a stack.yaml; without it, the project of this folder')
    .option('--out <dir>', 'write the files to this folder instead of printing them')
    .option('--check', 'write nothing: exit 6 with a diff when the folder differs');
};

export const run: CommandModule<RenderFlags>['run'] = async (context, args, flags) => {
  const [stackRef] = args;
  // What is rendered to be taken elsewhere is a Compose project, unless another runtime is asked for.
  const project = await open(context, stackRef, 'any', 'forCompose');
  // Only what its runtime can start is of use elsewhere.
  const stack = project.resolve(project.stack.runtime.name);
  const { files, warnings } = render(stack);
  for (const text of warnings) context.emit({ type: 'warning', text });
  const out = flags.out === undefined ? undefined : resolve(context.cwd, flags.out);
  if (out === undefined) return flags.check ? check(files, project.paths.rendered) : printed(files);
  const all = [...files, renderMakefile(stack, makefileCalls(context, project, out))];
  if (flags.check) return check(all, out);
  await writeRendered(out, all, { prune: false });
  const paths = [...files.map(({ path }) => path), 'Makefile'];
  return { data: { folder: out, files: paths }, text: `${paths.length} files written to ${out}` };
};

/** What the command line said about this project, for the Makefile: it is recorded nowhere else. Secrets are left out. */
function makefileCalls({ cwd, global }: CommandContext, project: OpenedProject, out: string): MakefileCalls {
  const { folder } = project.identity;
  const secrets = project.values.filter(({ type }) => type === 'secret').map(({ name }) => name);
  const sets = global.set.filter((pair) => !secrets.includes(pair.slice(0, pair.indexOf('='))));
  return {
    folder: relative(out, folder),
    upFlags: [
      ...(global.runtime === undefined ? [] : ['--runtime', global.runtime]),
      ...global.values.flatMap((file) => ['--values', relative(folder, resolve(cwd, file))]),
      ...sets.flatMap((pair) => ['--set', pair]),
    ],
  };
}

async function check(files: readonly RenderedFile[], folder: string): Promise<CommandResult> {
  const differences = await drift(folder, files);
  const data = { folder, differences };
  if (differences.length === 0) return { data, text: `${folder} is as rendered` };
  const paths = differences.map(({ path }) => path);
  return {
    data,
    text: differences.map(({ diff }) => diff).join('\n'),
    failure: new StackctlError('E_DRIFT', `${folder} differs from what would be rendered: ${shortList(paths)}`, {
      hint: 'Render again to take the new files, or change the values that make the difference.',
      details: { files: paths },
    }),
  };
}

/** The first few; all of them are in the diff above and in the JSON. */
function shortList(paths: readonly string[]): string {
  const more = paths.length - 3;
  return `${paths.slice(0, 3).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Everything on stdout, each file under its name; files with secrets are named and left out. */
function printed(files: readonly RenderedFile[]): CommandResult {
  const shown = files.map((file) => ({ ...file, text: file.mode === 0o600 ? undefined : file.text }));
  return {
    data: { files: shown.map(({ path, text }) => ({ path, text: text ?? null })) },
    text: shown
      .map(({ path, text }) => `# --- ${path}\n${text ?? '# holds a secret: use --out to write it (mode 0600)\n'}`)
      .join('\n'),
  };
}
