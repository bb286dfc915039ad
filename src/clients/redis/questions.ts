import { type BareConnection, openBare } from './bare-connection.ts';
import type { RedisTarget } from './target.ts';

/** Sends a command and resolves with its reply, as text. Commands that are sent together are answered together. */
export type RedisQuestions = Pick<BareConnection, 'call'>;

/**
 * Runs `use` with a bare connection of its own.
 * @throws what the server answers to the password, else what `use` throws.
 */
export async function withQuestions<T>(target: RedisTarget, use: (client: RedisQuestions) => Promise<T>): Promise<T> {
  const connection = openBare(target);
  try {
    // Sent with the first questions; when it fails, its reason counts, and theirs would be NOAUTH.
    const answer = use(connection);
    answer.catch(() => undefined);
    await connection.access;
    return await answer;
  } finally {
    connection.close();
  }
}
