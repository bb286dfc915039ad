import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere } from '../lib/files.ts';

/**
 * Debian starts a server as soon as its package is unpacked, on its default port. invoke-rc.d asks policy-rc.d first, and
 * exit code 101 means no: /usr/share/doc/init-system-helpers/README.policy-rc.d.
 */
const POLICY = `#!/bin/sh
# Written by stackctl doctor while it installs packages, and put back afterwards.
exit 101
`;

/**
 * Runs `use` while no package may start a service. A policy that is there already is kept aside and put back, whatever
 * `use` does.
 * @param folder `/usr/sbin`
 */
export async function withoutServiceStarts<T>(folder: string, use: () => Promise<T>): Promise<T> {
  await restorePolicy(folder);
  const { policy, kept } = places(folder);
  if ((await readTextIfThere(policy)) !== undefined) await rename(policy, kept);
  try {
    await writeFile(policy, POLICY, { mode: 0o755, flag: 'wx' });
    await chmod(policy, 0o755);
    return await use();
  } finally {
    await restorePolicy(folder);
  }
}

/** Undoes what an interrupted run left behind; does nothing when there is nothing, or the policy is not ours. */
export async function restorePolicy(folder: string): Promise<void> {
  const { policy, kept } = places(folder);
  const current = await readTextIfThere(policy);
  if (current !== undefined && current !== POLICY) return;
  if ((await readTextIfThere(kept)) !== undefined) await rename(kept, policy);
  else await rm(policy, { force: true });
}

/** The policy that `restorePolicy` would undo; undefined: there is none. */
export async function leftBehindPolicy(folder: string): Promise<string | undefined> {
  const { policy, kept } = places(folder);
  const current = await readTextIfThere(policy);
  if (current === POLICY) return policy;
  return current === undefined && (await readTextIfThere(kept)) !== undefined ? policy : undefined;
}

function places(folder: string): { readonly policy: string; readonly kept: string } {
  const policy = join(folder, 'policy-rc.d');
  return { policy, kept: `${policy}.kept-by-stackctl-doctor` };
}
