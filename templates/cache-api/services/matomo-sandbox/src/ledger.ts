/** What the sandbox got: bounded, and in a file when there is a folder for it, so that it outlives a crash. */
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linesOf } from './lines.ts';

/** The oldest calls beyond this are forgotten; the counts go on until the next start. */
const KEPT_CALLS = 500_000;
const FILE = 'tracked.jsonl';

export interface TrackingCall {
  readonly site: number;
  readonly url: string;
}

export interface SandboxStats {
  /** `calls`: tracking calls that were answered; `kept` of them are still known by their URL. */
  readonly tracking: { readonly calls: number; readonly distinctUrls: number; readonly kept: number };
  readonly reports: { readonly calls: number; readonly byMethod: Readonly<Record<string, number>> };
}

export interface Ledger {
  /** Ends when the call is noted where a crash of the program does not reach it. */
  noteTracking(call: TrackingCall): Promise<void>;
  noteReport(method: string): void;
  /** With a URL, the tracking counts are those of this URL alone. */
  stats(url: string | undefined): SandboxStats;
  /** The URL of every kept tracking call whose URL contains the text, as often as it came. */
  urls(contains: string): readonly string[];
  clear(): Promise<void>;
  /** After the last call. */
  close(): Promise<void>;
}

export interface LedgerOptions {
  /** Undefined: in memory alone. */
  readonly folder: string | undefined;
  readonly keptCalls?: number;
}

export async function openLedger({ folder, keptCalls = KEPT_CALLS }: LedgerOptions): Promise<Ledger> {
  const file = folder === undefined ? undefined : await openFile(folder);
  let kept = file === undefined ? [] : await readCalls(file);
  let calls = kept.length;
  const byMethod = new Map<string, number>();
  const lines = linesOf(file);
  const rewrite = (): Promise<void> => lines.replace(kept.map(lineOf).join(''));
  return {
    noteTracking: (call) => {
      calls += 1;
      kept.push(call);
      if (kept.length < keptCalls * 1.2) return lines.append(lineOf(call));
      // In large steps: to remove the first of a long list each time costs as much as the list is long.
      kept = kept.slice(-keptCalls);
      return rewrite();
    },
    noteReport: (method) => void byMethod.set(method, (byMethod.get(method) ?? 0) + 1),
    stats: (url) => {
      const known = url === undefined ? kept : kept.filter((call) => call.url === url);
      return {
        tracking: {
          calls: url === undefined ? calls : known.length,
          distinctUrls: new Set(known.map((call) => call.url)).size,
          kept: known.length,
        },
        reports: {
          calls: [...byMethod.values()].reduce((sum, count) => sum + count, 0),
          byMethod: Object.fromEntries(byMethod),
        },
      };
    },
    urls: (contains) => kept.map(({ url }) => url).filter((url) => url.includes(contains)),
    clear: () => {
      calls = 0;
      kept = [];
      byMethod.clear();
      return rewrite();
    },
    close: lines.close,
  };
}

function lineOf({ site, url }: TrackingCall): string {
  return `${JSON.stringify([site, url])}\n`;
}

async function openFile(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  return open(join(folder, FILE), 'a+');
}

/** What was noted before. A last line that a crash cut short was never answered: it goes. */
async function readCalls(file: FileHandle): Promise<TrackingCall[]> {
  const text = await readFile(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  await file.truncate(Buffer.byteLength(whole));
  return whole
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [site, url] = JSON.parse(line) as [number, string];
      return { site, url };
    });
}
