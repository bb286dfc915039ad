import bash from './stackctl.bash';
import fish from './stackctl.fish';
import zsh from './stackctl.zsh';

/**
 * The shells' side of completion: each script hands the words up to the cursor to `stackctl __complete`, which knows
 * the command table and the names that exist, and shows what comes back. So a script never goes out of date.
 *
 * bash 3.2 (macOS) has neither compopt nor negative indices. bash also splits words at `=`: its script joins them again,
 * and of a candidate only what follows the last `=` is put in.
 */
const SCRIPTS = { bash, zsh, fish } as const;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = Object.keys(SCRIPTS) as readonly Shell[];

/** The script to source. @param shell one of `SHELLS`. */
export function completionScript(shell: string): string {
  return SCRIPTS[shell as Shell];
}
