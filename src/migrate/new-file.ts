import { StackctlError } from '../errors.ts';
import type { MigrationFile } from './file.ts';

/**
 * The name of a new file behind all others: `0007_title.sql` where the files are numbered, `20260102150405_title.sql` where
 * they have instants, in UTC. Pure.
 * @throws E_USAGE for a title that no file name can have.
 */
export function newFileName(
  files: readonly Pick<MigrationFile, 'name' | 'version'>[],
  title: string,
  now: Date,
): string {
  const word = title
    .trim()
    .replace(/\.sql$/i, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  if (word === '') throw noTitle(title);
  return `${nextVersion(files, now)}_${word}.sql`;
}

const FIRST = '0001';
/** Year, month, day, hour, minute, second. */
const INSTANT_DIGITS = 14;

function nextVersion(files: readonly Pick<MigrationFile, 'name' | 'version'>[], now: Date): string {
  const last = files.at(-1);
  if (last === undefined) return FIRST;
  const digits = /^\d+/.exec(last.name)?.[0].length ?? FIRST.length;
  const counted = last.version + 1n;
  if (digits !== INSTANT_DIGITS) return String(counted).padStart(digits, '0');
  const instant = BigInt(now.toISOString().replace(/\D/g, '').slice(0, INSTANT_DIGITS));
  return String(instant > last.version ? instant : counted);
}

function noTitle(title: string): StackctlError {
  return new StackctlError('E_USAGE', `"${title}" has no letter or digit that a file name could have`, {
    hint: 'Say what the file does, e.g. stackctl migrate new add_orders.',
  });
}

/** What a new file says before anybody writes into it. @param transactions the server has them for schemas. */
export function newFileText(title: string, transactions: boolean): string {
  const how = transactions
    ? '-- Runs in one transaction. What cannot: -- stackctl: transaction=false as the first line.'
    : '-- Runs statement by statement, each of which must be one that can run again (IF NOT EXISTS and the like).';
  return `-- ${title.replace(/\s+/g, ' ').trim()}\n${how}\n\n\n-- stackctl: down\n-- Takes it back; remove this section if nothing should.\n\n`;
}
