/** The surroundings of a project that Compose has asked for, and the way back to Compose. */
import type { Writable } from 'node:stream';
import type { Emit } from '../../lib/events.ts';
import { composeLine, errorMessage, progressMessage } from '../../output/compose-lines.ts';
import { runtimes } from '../../stack/contract/plugins.ts';
import type { CommandContext } from '../line/command.ts';
import type { SessionContext } from '../session/context.ts';
import type { ComposePlace } from './place.ts';

/** In place of a command line: nobody is asked, and no stackctl.yaml has a say. */
export function sessionIn(context: CommandContext, { folder, name }: ComposePlace): SessionContext {
  const { env, global, templatesFolder, signal, stdout } = context;
  const runtime = runtimes().find(({ rendersCompose }) => rendersCompose)?.name;
  return {
    cwd: folder,
    ignoresSettings: true,
    forgetsKept: true,
    env,
    global: { ...global, project: name, runtime, yes: true },
    templatesFolder,
    signal,
    emit: emitTo(stdout),
    confirm: async () => undefined,
  };
}

function emitTo(stdout: Writable): Emit {
  return (event) => {
    const message = progressMessage(event);
    if (message !== undefined) stdout.write(composeLine(message));
  };
}

/** See `CommandModule.tellError`. */
export function tellError(error: unknown, stdout: Writable): void {
  stdout.write(composeLine(errorMessage(error)));
}
