/** `(ARRAY['a'::character varying, 'b'::character varying])::text[]`, as the server prints an IN list over a varchar. */
const CAST_ARRAY = /\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]/g;
const ELEMENT = /'(?:[^']|'')*'::character varying/g;

/**
 * An expression as the server prints it after it has read its own output once: a few print differently then, and the dump
 * of what a dump has made must be the same text.
 */
export function steady(expression: string): string {
  return expression.replace(
    CAST_ARRAY,
    (_all, elements: string) => `ARRAY[${elements.replace(ELEMENT, (element) => `(${element})::text`)}]`,
  );
}
