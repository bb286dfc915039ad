import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { StackctlError } from '../../errors.ts';
import { isThere } from '../../lib/files.ts';
import { takeLock } from '../../lib/lock.ts';
import { makeProjectFolder } from '../../project/record.ts';
import type { Stack } from '../../stack/contract/model.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import type { CommandContext } from '../line/command.ts';
import type { SessionContext } from '../session/context.ts';
import { locate, open, removeIfEmpty } from '../session/open.ts';
import { SMOKE_MARKER } from '../session/start-project.ts';

/** Of the verbs that a check runs. */
export type SmokeContext = CommandContext & Pick<SessionContext, 'isSmoke'>;

/** The project that a smoke check makes, and ends. */
export interface SmokeProject {
  readonly name: string;
  /** As it was before it was brought up: of its ports and addresses nothing is known. */
  readonly stack: Stack;
  readonly stackRef: string | undefined;
  readonly paths: ProjectPaths;
  /** For the verbs of the phases: they are about this project, ask nothing, and print nothing. */
  readonly context: SmokeContext;
}

/**
 * Runs `use` with a project of its own, named after the one that the user may have: that one is not touched. What an earlier check
 * left behind after a crash is taken over.
 * @throws E_LOCKED while another check of it runs; E_USAGE where a project of this name was made by somebody else.
 */
export async function ownProject<T>(
  given: CommandContext,
  stackRef: string | undefined,
  use: (project: SmokeProject) => Promise<T>,
): Promise<T> {
  const name = given.global.project ?? `${(await locate(given, stackRef, 'any')).identity.name}-smoke`;
  const sink = new PassThrough().resume();
  const context: SmokeContext = {
    ...given,
    global: { ...given.global, project: name, json: true, yes: true },
    isSmoke: true,
    ...{ interactive: false, stdout: sink, stderr: sink, print: () => undefined, confirm: async () => undefined },
  };
  // Mistakes in the stack are told before anything is made.
  const { paths, stack } = await open(context, stackRef, 'any');
  const marker = join(paths.root, SMOKE_MARKER);
  await makeProjectFolder(paths);
  const release = await takeLock(join(paths.root, 'smoke.lock'), 'stackctl smoke');
  try {
    if ((await isThere(paths.record)) && !(await isThere(marker))) throw notOurs(name);
    await writeFile(marker, 'A check of `stackctl smoke`: it deletes this project.\n');
    return await use({ name, stack, stackRef, paths, context });
  } finally {
    await release();
    if (!(await isThere(paths.record))) {
      await rm(paths.root, { recursive: true, force: true });
      await removeIfEmpty(paths.root);
    }
  }
}

function notOurs(name: string): StackctlError {
  return new StackctlError('E_USAGE', `there is a project ${name} already, and no smoke check made it`, {
    hint: 'The check deletes its project at the end. Give it another name: stackctl smoke --project NAME',
  });
}
