import { hostname, userInfo } from 'node:os';

/** Who runs this program, e.g. `ada@laptop`; a user without an entry in the list of users by number. */
export function currentUser(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(globalThis.process.getuid?.() ?? 'unknown');
  }
}
