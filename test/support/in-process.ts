/** Commands of the source in the process of the test: without the third of a second that it takes to start the program. */
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CommandContext } from '../../src/commands/line/command.ts';
import { ROOT } from './cli.ts';
import type { TestProject } from './project.ts';

/** What `main` would give to a command that is run in the project's folder without flags. Nothing is printed. */
export function contextOf(project: TestProject, own: Partial<CommandContext> = {}): CommandContext {
  const nowhere = new PassThrough();
  return {
    cwd: project.folder,
    env: project.env,
    global: {
      project: undefined,
      runtime: undefined,
      set: [],
      values: [],
      json: false,
      yes: false,
      timeoutMs: undefined,
    },
    templatesFolder: join(ROOT, 'templates'),
    signal: new AbortController().signal,
    emit: () => undefined,
    interactive: false,
    stdin: nowhere,
    print: () => undefined,
    stdout: nowhere,
    stderr: nowhere,
    confirm: async () => undefined,
    ...own,
  };
}

/** Whether `stackctl health` would end with 0. One that cannot look, because an Engine is gone, says no. */
export async function looksHealthy(project: TestProject): Promise<boolean> {
  // Loaded only by a test that waits: many find what they wait for with their first question.
  const { run } = await import('../../src/commands/health.ts');
  return run(contextOf(project), [], {}).then(
    (result) => !('exitCode' in result) && result.failure === undefined,
    () => false,
  );
}
