/** Shorter texts stand in others by chance, and would make them unreadable. */
export const SHORTEST = 4;

/**
 * Takes secrets out of text, the longest first: one may be a part of another. Pure.
 * @param spellings in which a secret may stand there; by default as it is.
 */
export function redactor(
  secrets: readonly string[],
  spellings: (secret: string) => readonly string[] = (secret) => [secret],
): (text: string) => string {
  const known = [...new Set(secrets)]
    .filter(({ length }) => length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length)
    .flatMap(spellings);
  return (text) => known.reduce((rest, one) => rest.replaceAll(one, () => '[redacted]'), text);
}
