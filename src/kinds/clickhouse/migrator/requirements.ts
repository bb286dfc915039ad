import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import type { Requirement } from '../../../stack/contract/requirement.ts';

const VERSION = /^clickhouse>=(\d+(?:\.\d+)*)$/;

/** What files may require. */
export const requirements: readonly Requirement[] = [{ name: 'clickhouse>=N', pattern: VERSION }];

/** Why this server lacks one of `requirements`; undefined: it has it. `clickhouse>=25.3` compares the server's version. */
export async function missing(target: ClickhouseTarget, requirement: string): Promise<string | undefined> {
  const wanted = VERSION.exec(requirement)?.[1];
  if (wanted === undefined) throw new Error(`no requirement: ${requirement}`);
  const { rows } = await askClickhouse<{ readonly version: string }>(target, 'SELECT version() AS version');
  const version = rows[0]?.version ?? '';
  return isAtLeast(version, wanted) ? undefined : `ClickHouse ${version} is older than ${wanted}`;
}

export function isAtLeast(version: string, wanted: string): boolean {
  const parts = version.split('.').map(Number);
  for (const [index, least] of wanted.split('.').map(Number).entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return part > least;
  }
  return true;
}
