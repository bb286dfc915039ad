import { join } from 'node:path';
import { StackctlError } from '../errors.ts';
import { readTextIfThere } from '../lib/files.ts';
import { Secret } from '../lib/secret.ts';
import type { Rendered } from '../render/render.ts';
import type { Stack } from '../stack/contract/model.ts';

/**
 * A password is known to both sides of a connection: servers that are restarted one after the other with a new one do not
 * let each other in. `up` changes all of them at the same time.
 * @param changed instances whose configuration is about to change.
 * @param folder of the files that were rendered before.
 * @throws E_USAGE when the new files hold a password that the old ones do not.
 */
export async function refuseNewSecrets(
  stack: Stack,
  rendered: Rendered,
  changed: readonly string[],
  folder: string,
): Promise<void> {
  const names = await newSecrets(stack, rendered, changed, folder);
  if (names.length === 0) return;
  throw new StackctlError('E_USAGE', `${names.join(', ')} changed: a restart does not change a password`, {
    hint: 'Nothing was changed. `stackctl up` gives the new one to everything that uses it at the same time.',
    details: { values: names },
  });
}

/** Names of the values with a password that the new files of these instances hold and the old ones do not. */
export async function newSecrets(
  stack: Stack,
  rendered: Rendered,
  changed: readonly string[],
  folder: string,
): Promise<readonly string[]> {
  const places = new Set(changed.map((name) => rendered.places.get(name)));
  const names = new Set<string>();
  for (const { path, text } of rendered.files.filter((file) => places.has(file.path.split('/', 1)[0]))) {
    const before = (await readTextIfThere(join(folder, path))) ?? '';
    for (const { name, value } of stack.values) {
      if (value instanceof Secret && holds(text, value) && !holds(before, value)) names.add(name);
    }
  }
  return [...names];
}

/** What is shorter than this stands in a file by chance. */
const TELLING_LENGTH = 4;

function holds(text: string, secret: Secret): boolean {
  const plain = secret.reveal();
  return plain.length >= TELLING_LENGTH && text.includes(plain);
}
