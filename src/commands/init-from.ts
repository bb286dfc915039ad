/** `init --from`: files are read and written here, and `adopt/` decides what stands in them. */
import { basename, dirname, join, relative, resolve } from 'node:path';
import { adoptCompose } from '../adopt/adopt.ts';
import { StackctlError } from '../errors.ts';
import { isThere, makeFolder, writeFileAtomic } from '../lib/files.ts';
import { adoptText } from '../output/adopt.ts';
import { ignoreLocal } from '../project/ignore-local.ts';
import { localConfig, starterConfig } from '../project/starter-config.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { builtInStacks } from '../stack/load/catalog.ts';
import { loadSpec } from '../stack/load/load-spec.ts';
import type { StackSpec } from '../stack/load/spec.ts';
import { displayPath } from '../stack/source/display-path.ts';
import type { CommandContext, CommandResult } from './line/command.ts';
import { editorLine } from './schemas.ts';

/** A Compose file becomes a stack. Everything is read and asked before anything is written. */
export async function takeOver(context: CommandContext, from: string): Promise<CommandResult> {
  const { cwd, env, templatesFolder, confirm } = context;
  const path = resolve(cwd, from);
  const folder = dirname(path);
  const kinds = await Promise.all(builtInPlugins.kindNames().map(builtInPlugins.loadKind));
  const adopted = await adoptCompose({
    ...{ path, env, kinds },
    anyImage: kinds.find((kind) => 'takesAnyImage' in kind)?.name,
    shown: displayPath(path, cwd),
    editorLine: editorLine(templatesFolder, folder, 'stack'),
  });
  const [stackFile, file, localFile] = [
    join(folder, 'stack.yaml'),
    join(cwd, 'stackctl.yaml'),
    join(cwd, 'stackctl.local.yaml'),
  ];
  const hasSecrets = adopted.secrets.size > 0;
  const migrations = adopted.migrations.map(({ path: name, text }) => ({ at: join(folder, name), text }));
  const written = [stackFile, file, ...(hasSecrets ? [localFile] : []), ...migrations.map(({ at }) => at)];
  for (const one of written) if (await isThere(one)) await confirm(`${one} exists. Replace it?`);
  for (const { at, text } of migrations) {
    await makeFolder(dirname(at));
    await writeFileAtomic(at, text);
  }
  await writeFileAtomic(stackFile, adopted.text);
  const spec = await loaded(folder, stackFile);
  const ref = relative(cwd, folder);
  const config = starterConfig(
    spec,
    await builtInStacks(templatesFolder),
    ref === '' ? '.' : ref.startsWith('.') ? ref : `./${ref}`,
  );
  await writeFileAtomic(file, `${editorLine(templatesFolder, cwd, 'config')}\n${config}`);
  // Ignored first: at no instant could it be committed.
  const ignored = hasSecrets ? await ignoreLocal(cwd, basename(localFile)) : undefined;
  if (hasSecrets) await writeFileAtomic(localFile, localConfig(adopted.secrets, basename(path)), 0o600);
  return {
    data: {
      file,
      stack: stackFile,
      from: path,
      local: hasSecrets ? localFile : null,
      ignored: ignored ?? null,
      ...adopted.report,
      next: 'stackctl up',
    },
    text: [
      adoptText(adopted.report),
      '',
      ...written.map((one) => `Wrote ${one}`),
      ...(ignored === undefined ? [] : [`Added stackctl.local.yaml to ${ignored}: it has secrets`]),
      'Next: stackctl up',
    ].join('\n'),
  };
}

/** What was written is checked as every stack is. */
async function loaded(folder: string, stackFile: string): Promise<StackSpec> {
  try {
    return (await loadSpec({ folder, plugins: builtInPlugins })).spec;
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    throw new StackctlError('E_STACK_INVALID', `the stack that was made is not right yet: ${error.message}`, {
      hint: `Correct ${stackFile}, and tell the makers of stackctl: this should not happen.`,
      details: error.details,
      cause: error,
    });
  }
}
