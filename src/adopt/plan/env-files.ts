import type { ComposeService } from '../../stack/contract/compose-service.ts';
import type { EntryContext } from './context.ts';

/** Env files that Compose would not start without, and that are not there: by the name that they have in the file. Pure. */
export function envFileNotes(
  { envFiles }: Pick<ComposeService, 'envFiles'>,
  { isThere }: Pick<EntryContext, 'isThere'>,
): readonly string[] {
  return envFiles.flatMap(({ path, required }) =>
    isThere(path) || !required ? [] : [`env file ${path} is not there and left out, and so are its variables`],
  );
}
