import { sha256 } from '../../lib/sha256.ts';

/** What a database knows of the migrations that it got. */

/** `baselined`: what the file makes was there before stackctl. `unavailable`: what it requires is not in this server. */
export type LedgerState = 'applied' | 'baselined' | 'unavailable' | 'running' | 'failed' | 'reverted';

export interface LedgerEntry {
  /** File name without `.sql`. */
  readonly name: string;
  /** SHA-256 of the text with LF line ends, hexadecimal. */
  readonly checksum: string;
  readonly state: LedgerState;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly durationMs: number;
  /** Of a file without a transaction: how many of its statements are in effect, of its down part where `part` says so. */
  readonly statementsDone?: number;
  /** Of an entry that is `running` or `failed`: the part of the file that did not come to its end. Absent: `up`. */
  readonly part?: 'up' | 'down';
  /** Who applied it: user and host, as far as they are known. */
  readonly appliedBy?: string;
  /** Of the stackctl that applied it. */
  readonly toolVersion?: string;
}

/** A ledger with thousands of entries, in short. */
export interface LedgerBrief {
  readonly entries: number;
  /** `ledgerDigest` of the entries in the order of application; undefined: not all of them are applied or baselined. */
  readonly digest: string | undefined;
  /** The last entries, in the order of application. */
  readonly newest: readonly LedgerEntry[];
}

/** SHA-256 of what a ledger is compared by: it is the same for the same names and checksums in the same order. Pure. */
export function ledgerDigest(entries: readonly Pick<LedgerEntry, 'name' | 'checksum'>[]): string {
  let text = '';
  for (const { name, checksum } of entries) text += `${name} ${checksum}\n`;
  return sha256(text);
}

/** What somebody decided about the ledger. Never changed or removed. */
export interface LedgerEvent {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly name: string;
  readonly type: LedgerEventType;
  /** Why, in words. */
  readonly reason: string;
  readonly by: string;
}

export type LedgerEventType =
  | 'outOfOrder'
  | 'baselined'
  | 'reverted'
  | 'checksumAccepted'
  | 'markedApplied'
  | 'markedReverted'
  | 'statementsCounted'
  | 'forgotten';

export interface Amendment {
  readonly name: string;
  readonly checksum: string;
  /** What the entry becomes; `forgotten`: it is taken out of the ledger; `failed`: its part goes on behind `statementsDone`. */
  readonly state: 'applied' | 'baselined' | 'reverted' | 'forgotten' | 'failed';
  /** Of a file without a transaction: how many of its statements are in effect, as a person has seen. */
  readonly statementsDone?: number;
  readonly event: LedgerEventType;
  readonly reason: string;
}
