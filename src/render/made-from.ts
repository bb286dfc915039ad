import { readJsonIfThere, writeJson } from '../lib/files.ts';
import { sha256 } from '../lib/sha256.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';

type Paths = Pick<ProjectPaths, 'renderedCompose'>;

/** What a text was made from, and the text itself: somebody may have changed the file since. */
interface MadeFrom {
  readonly key: string;
  readonly text: string;
}

/** Whether a text that lies there is the one that is made from what has this key: then it need not be made to compare. */
export async function isMadeFrom({ renderedCompose }: Paths, key: string, text: string): Promise<boolean> {
  const noted = (await readJsonIfThere(renderedCompose).catch(() => undefined)) as Partial<MadeFrom> | undefined;
  return noted?.key === key && noted.text === sha256(text);
}

/** What cannot be written down is found out again. */
export async function rememberMadeFrom({ renderedCompose }: Paths, key: string, text: string): Promise<void> {
  const noted: MadeFrom = { key, text: sha256(text) };
  await writeJson(renderedCompose, noted).catch(() => undefined);
}
