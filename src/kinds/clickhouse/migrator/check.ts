import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError } from '../../../clients/clickhouse/failure.ts';
import { shortText } from '../../../clients/clickhouse/short-text.ts';
import type { MigrationStatement } from '../../../stack/contract/migrate.ts';

/** The server refuses what changes something. */
const SETTINGS = { readonly: 2 };
const NO_LIMIT = 0;

/**
 * Why a statement does not hold: it fails, gives no row, or a row whose first column is false, 0 or NULL. Undefined: it
 * holds. @throws the network's error.
 */
export async function whyNot(
  target: ClickhouseTarget,
  { text }: MigrationStatement,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { rows } = await askClickhouse<Readonly<Record<string, unknown>>>({ ...target, timeoutMs: NO_LIMIT }, text, {
      settings: SETTINGS,
      signal,
    });
    if (rows.length === 0) return 'gives no row';
    const firsts = rows.map((row) => Object.values(row)[0]);
    const bad = firsts.find((first) => first === null || first === false || first === 0);
    return bad === undefined ? undefined : `gives ${JSON.stringify(bad)}`;
  } catch (error) {
    if (error instanceof ClickhouseError) return shortText(error);
    throw error;
  }
}
