/** A name, quoted for SQL: the server then takes it exactly as it is, whatever its case, and words that it reserves too. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `["sales", "Order"]` -> `"sales"."Order"`. */
export function quoteQualified(parts: readonly string[]): string {
  return parts.map(quoteIdentifier).join('.');
}

/** A text, quoted for SQL where a parameter cannot stand. */
export function quoteText(text: string): string {
  return text.includes('\\') ? `E'${text.replace(/['\\]/g, '$&$&')}'` : `'${text.replaceAll("'", "''")}'`;
}
