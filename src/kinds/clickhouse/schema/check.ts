import { askClickhouse, type ClickhouseTarget } from '../../../clients/clickhouse/ask.ts';
import { ClickhouseError, failureText } from '../../../clients/clickhouse/failure.ts';
import { whyNot } from '../../../stack/contract/check-answer.ts';
import type { MigrationStatement } from '../../../stack/contract/migrate.ts';

/**
 * Runs each statement so that it can change nothing. It holds when it gives a row and neither 0, false nor null in the
 * first column of any. @returns why it does not hold, or undefined. @throws what is not the server's answer.
 */
export async function checkStatements(
  target: ClickhouseTarget,
  statements: readonly MigrationStatement[],
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  const reasons: (string | undefined)[] = [];
  const settings = { readonly: 2, default_format: 'JSONCompactEachRow' };
  for (const { text } of statements) {
    try {
      const { rows } = await askClickhouse<readonly unknown[]>(target, text, { settings, signal });
      reasons.push(whyNot(rows, { refused: [0, false, null] }));
    } catch (error) {
      if (!(error instanceof ClickhouseError)) throw error;
      reasons.push(failureText(error, 0));
    }
  }
  return reasons;
}
