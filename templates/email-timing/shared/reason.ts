/** Why something failed, in one line: the client libraries wrap the cause in errors that do not say it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const inner = error instanceof AggregateError ? error.errors.map(reasonOf).at(-1) : undefined;
  if (inner === undefined || error.message.includes(inner)) return error.message;
  return error.message === '' ? inner : `${error.message.replace(/[.:]$/, '')}: ${inner}`;
}
