import { StackctlError } from '../errors.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { downCommand } from './command-lines.ts';
import type { Pending } from './compare.ts';

/** Files whose down part began and did not come to its end. */
export function halfRevertedIn<T extends Pick<Pending, 'cause'>>(pending: readonly T[]): readonly T[] {
  return pending.filter(({ cause }) => cause === 'was taken back in part');
}

/** @param done statements of its down part that are in effect. */
export function downStopped(done: number): string {
  return `its down part stopped ${done === 0 ? 'before its first statement was done' : `after statement ${done}`}`;
}

/** Every way on from a file whose down part stopped, as commands. */
export function waysOn(stack: Stack, service: Pick<Service, 'name'>, name: string): string {
  return `\`${downCommand(stack, service, undefined)}\` goes on with its down part. If nothing of the file is left: \`stackctl migrate repair --mark-reverted ${name}\`. If all of the file is in effect: \`stackctl migrate repair --mark-applied ${name}\`.`;
}

/** For a verb that must not build on a file of which a part is gone. @param files at least one. */
export function halfReverted(
  stack: Stack,
  service: Pick<Service, 'name'>,
  files: readonly Pick<Pending, 'file' | 'statementsDone'>[],
): StackctlError {
  const lines = files.map(
    ({ file, statementsDone }) => `${file.name} is taken back in part: ${downStopped(statementsDone)}`,
  );
  return new StackctlError('E_MIGRATION_UNAVAILABLE', `${lines.join('; ')}: nothing was changed`, {
    hint: waysOn(stack, service, files.at(-1)?.file.name ?? ''),
    details: { files: files.map(({ file }) => file.name) },
  });
}
