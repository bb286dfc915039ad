import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';

/** Why this server lacks what a file requires; undefined: it has it. `clickhouse>=25.3` compares the server's version. */
export async function missing(target: ClickhouseTarget, requirement: string): Promise<string | undefined> {
  const wanted = /^clickhouse>=(\d+(?:\.\d+)*)$/.exec(requirement)?.[1];
  if (wanted === undefined) return `unknown requirement "${requirement}"`;
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
