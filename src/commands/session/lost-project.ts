import { realpath, rm } from 'node:fs/promises';
import { defined } from '../../lib/defined.ts';
import { forgetSecrets } from '../../lifecycle/forget-secrets.ts';
import { rescue } from '../../lifecycle/rescue.ts';
import { dataText } from '../../output/data-items.ts';
import { loadConfig } from '../../project/config.ts';
import { lookForProject } from '../../project/locate.ts';
import { projectPaths } from '../../project/paths.ts';
import { readRecord } from '../../project/record.ts';
import { isReplaced, type RegistryEntry, readRegistry, registryFolder, removeProject } from '../../project/registry.ts';
import { builtInPlugins } from '../../stack/contract/plugins.ts';
import type { CommandResult, Passthrough } from '../line/command.ts';
import type { SessionContext } from './context.ts';
import { openInput } from './open.ts';
import { stopLimit } from './stop-limit.ts';

export interface EndLostInput {
  readonly context: SessionContext;
  readonly stackRef: string | undefined;
  readonly verb: 'down' | 'clean';
  readonly volumes: boolean;
}

/**
 * Runs `end`. Where the project's record is gone (deleted by hand) and the registry still has the project, ends what
 * runs of it instead, without its stack.
 */
export async function orRescue(
  input: EndLostInput,
  end: () => Promise<CommandResult | Passthrough>,
): Promise<CommandResult | Passthrough> {
  const located = await lookForProject(openInput(input.context, input.stackRef, 'existing'));
  if (located.missing === undefined) return end();
  const lost = await findLost(input);
  if (lost === undefined) throw located.missing;
  return endLost(input, lost);
}

/** The only project of this folder (of the stack or name that was given) that is registered and has no record. */
async function findLost({ context, stackRef }: EndLostInput): Promise<RegistryEntry | undefined> {
  const { cwd, env, global, ignoresSettings } = context;
  const config = await loadConfig({ cwd, env, flags: global, ...defined({ ignoresSettings }) });
  const folder = await realpath(config.folder ?? cwd);
  const { projects, lost } = await readRegistry(registryFolder(env));
  const here = [...projects, ...lost].filter(
    (entry) =>
      entry.folder === folder &&
      (global.project === undefined || entry.name === global.project) &&
      (stackRef === undefined || entry.stack === stackRef),
  );
  const records = await Promise.all(here.map(({ name }) => readRecord(projectPaths(folder, name))));
  const [only, ...others] = here.filter((_, index) => records[index] === undefined);
  return others.length === 0 ? only : undefined;
}

/** Ends what is found of a project by its entry in the registry alone. */
export async function endLost(
  { context, verb, volumes }: Omit<EndLostInput, 'stackRef'>,
  entry: RegistryEntry,
): Promise<CommandResult> {
  const { id, name, folder, runtime } = entry;
  if (await isReplaced(entry)) {
    await context.confirm(
      `The folder in which ${name} was started is not ${folder} any more: it was moved, and then ${name} lives on in it, or it was deleted.\nEnd what runs of ${name}?`,
    );
  }
  const paths = projectPaths(folder, name);
  context.emit({ type: 'warning', text: `the record of ${name} is gone: ending what is found of it` });
  const { deleted, warnings } = await rescue(
    {
      paths,
      projectId: id,
      env: context.env,
      plugins: builtInPlugins,
      runtime,
      emit: context.emit,
      command: `stackctl ${verb}`,
    },
    {
      volumes,
      ...stopLimit(context),
      confirm: (items) => context.confirm(`This deletes the data of ${name}:\n${dataText(items)}\nDelete it?`),
    },
  );
  const all = [...warnings, ...(volumes ? await forgetSecrets(paths) : [])];
  for (const text of all) context.emit({ type: 'warning', text });
  if (verb === 'clean') {
    await removeProject(registryFolder(context.env), id);
    await rm(paths.root, { recursive: true, force: true });
  }
  return { data: { project: name, deleted, warnings: all }, text: `${name} is ${verb === 'clean' ? 'gone' : 'down'}` };
}
