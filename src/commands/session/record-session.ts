/** Work on a project whose stack may not be readable: its record is enough to show it and to end it. */
import { EXIT, StackctlError } from '../../errors.ts';
import type { RecordSession } from '../../lifecycle/session.ts';
import { openLocated } from '../../project/open.ts';
import type { ProjectIdentity, Stack } from '../../stack/contract/model.ts';
import { loadRuntime } from '../../stack/contract/plugins.ts';
import type { Runtime } from '../../stack/contract/runtime.ts';
import type { Problem } from '../../stack/source/problem.ts';
import type { SessionContext } from './context.ts';
import { type LocatedProject, locateExisting, openInput, underLock } from './open.ts';

export interface OpenRecord extends RecordSession {
  readonly identity: ProjectIdentity;
}

/**
 * Runs `use` with an existing project and its runtime, and closes the runtime. A stack that cannot be read is warned of,
 * with the reason. Takes no lock: for verbs that change nothing.
 */
export async function withRecord<T>(
  context: SessionContext,
  stackRef: string | undefined,
  use: (session: OpenRecord) => Promise<T>,
): Promise<T> {
  return ofRecord(context, stackRef, await locateExisting(context, stackRef), use);
}

/** As `withRecord`, opened under the project's lock: for verbs that end things. */
export async function withLockedRecord<T>(
  context: SessionContext,
  stackRef: string | undefined,
  verb: string,
  use: (session: OpenRecord) => Promise<T>,
): Promise<T> {
  return underLock(context, stackRef, verb, (located) => ofRecord(context, stackRef, located, use));
}

/** As `withRecord`, without reading the stack: for verbs that delete everything. */
export async function withRecordAlone<T>(
  context: SessionContext,
  stackRef: string | undefined,
  use: (session: OpenRecord) => Promise<T>,
): Promise<T> {
  const located = await locateExisting(context, stackRef);
  return withRuntime(context, located, (session) => use({ ...session, stack: undefined }));
}

/** As `withRecordAlone`, under the project's lock. */
export async function withLockedRecordAlone<T>(
  context: SessionContext,
  stackRef: string | undefined,
  verb: string,
  use: (session: OpenRecord) => Promise<T>,
): Promise<T> {
  return underLock(context, stackRef, verb, (located) =>
    withRuntime(context, located, (session) => use({ ...session, stack: undefined })),
  );
}

async function ofRecord<T>(
  context: SessionContext,
  stackRef: string | undefined,
  located: LocatedProject,
  use: (session: OpenRecord) => Promise<T>,
): Promise<T> {
  const stack = await readableStack(context, stackRef, located);
  return withRuntime(context, located, (session) => use({ ...session, stack }));
}

/** A mistake in stack.yaml, or a stack.yaml that is gone, must not keep a user from seeing and ending what runs. */
async function readableStack(
  context: SessionContext,
  stackRef: string | undefined,
  located: LocatedProject,
): Promise<Stack | undefined> {
  try {
    return (await openLocated(located, openInput(context, stackRef, 'existing'))).stack;
  } catch (error) {
    if (!(error instanceof StackctlError) || error.exitCode !== EXIT.usage || isTyped(error)) throw error;
    const text = `the stack of ${located.identity.name} cannot be read, its record is used: ${error.message}`;
    context.emit({ type: 'warning', text });
    return undefined;
  }
}

/** A mistake on the command line is for the person who typed it a moment ago. */
function isTyped({ details }: StackctlError): boolean {
  const problems = details.problems as readonly Problem[] | undefined;
  return problems?.some(({ origin }) => origin?.startsWith('--') === true) === true;
}

export async function withRuntime<T>(
  { env, ownSupervisor, emit, signal }: SessionContext,
  { identity, paths, record }: Pick<LocatedProject, 'identity' | 'paths' | 'record'>,
  use: (session: Omit<OpenRecord, 'stack'>) => Promise<T>,
): Promise<T> {
  const input = { projectId: identity.id, paths, env, ownSupervisor };
  const runtime = await (await loadRuntime(record.runtime)).open(input);
  try {
    return await use({ identity, record, paths, runtime, emit, signal });
  } finally {
    await runtime.close();
  }
}

/** Runs `use` with the runtimes that the project was on before this one: data may still be there. */
export async function withOtherRuntimes<T>(
  { env, ownSupervisor }: SessionContext,
  { identity, paths, record }: OpenRecord,
  use: (runtimes: readonly Runtime[]) => Promise<T>,
): Promise<T> {
  const names = record.runtimesUsed.filter((name) => name !== record.runtime);
  const input = { projectId: identity.id, paths, env, ownSupervisor };
  const runtimes = await Promise.all(names.map(async (name) => (await loadRuntime(name)).open(input)));
  try {
    return await use(runtimes);
  } finally {
    for (const runtime of runtimes) await runtime.close();
  }
}
