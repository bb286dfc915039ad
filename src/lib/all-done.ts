/**
 * Waits for all of it also when one fails, so that nothing goes on after the error.
 * @throws the first failure, in the order of `work`.
 */
export async function allDone<T extends readonly unknown[]>(
  work: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return Promise.all(work);
}
