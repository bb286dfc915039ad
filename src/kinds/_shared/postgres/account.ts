import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Diagnosis } from '../../../stack/contract/needs.ts';

/** How a local postgres will run for this user, by the tests of the start script. @param uid undefined: the system has none. */
export async function accountFact(uid: number | undefined): Promise<Diagnosis> {
  const id = 'postgres:account';
  if (uid !== 0) return { id, verdict: 'ok', fact: 'postgres runs as you' };
  if (await works('unshare', ['--user', '--map-user=1000', '--map-group=1000', 'true'])) {
    return { id, verdict: 'ok', fact: 'you are root, which postgres refuses: it runs in a user namespace of its own' };
  }
  const account = (await works('id', ['postgres'])) ? 'postgres' : 'nobody';
  if ((await works('setpriv', ['--version'])) || (await works('runuser', ['--version']))) {
    return {
      id,
      verdict: 'warn',
      fact: `you are root, which postgres refuses, and there are no user namespaces: it runs as ${account}, which must be able to enter the project's folder`,
      fix: 'sysctl -w user.max_user_namespaces=10000',
    };
  }
  return {
    id,
    verdict: 'fail',
    fact: 'you are root, which postgres refuses, and this system has neither user namespaces nor setpriv or runuser',
    fix: 'run stackctl as another user',
  };
}

async function works(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program, [...args], { timeout: 5000 });
    return true;
  } catch {
    return false; // not installed or not allowed: the next possibility is tried
  }
}
