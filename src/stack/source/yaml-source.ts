import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { errorText } from '../../errors.ts';
import type { SourceText } from '../../lib/source-text.ts';
import type { Position, Problem } from './problem.ts';
import { libraryMistakes, nodeMistakes } from './yaml-problems.ts';

/** A YAML file as plain data that still knows where everything stands. */
export interface YamlSource {
  /** As messages name it. */
  readonly file: string;
  /** Undefined for an empty file and for a broken one. */
  readonly value: unknown;
  /** The file is not YAML. Checking the readable rest would only report mistakes that are none. */
  readonly isBroken: boolean;
  /** Syntax mistakes and keys that are given twice. */
  readonly problems: readonly Problem[];
  /** Where the key or the value at a path stands; for a path that does not exist, its nearest parent. */
  at(path: readonly PropertyKey[], part: 'key' | 'value'): Position;
  /** The characters of a scalar without quotes, e.g. `0123` where `value` has 123; undefined for everything else. */
  written(path: readonly PropertyKey[]): string | undefined;
}

/** Parses one YAML 1.2 document. Never throws for its content: mistakes are problems. */
export function parseYaml(given: string | SourceText, file: string): YamlSource {
  const { text, mistake } = typeof given === 'string' ? { text: given, mistake: undefined } : given;
  if (mistake === undefined) return parseText(text, file);
  const { message, ...place } = mistake;
  const start = { file, line: 1, column: 1 };
  return {
    file,
    value: undefined,
    isBroken: true,
    problems: [{ file, ...place, field: '', message }],
    at: () => start,
    written: () => undefined,
  };
}

function parseText(given: string, file: string): YamlSource {
  // To YAML a CR alone ends a line too; the library knows only LF and CRLF. No offset changes.
  const text = given.replaceAll(/\r(?!\n)/g, '\n');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = libraryMistakes(document, text, lines);
  const isReadable = syntax.every(({ isRepeatedKey }) => isRepeatedKey);
  const mistakes = [...syntax, ...(isReadable ? nodeMistakes(document, text) : [])];
  const plain = mistakes.length > syntax.length || !isReadable ? undefined : toPlain(document);
  const isBroken = plain === undefined || plain.problem !== undefined;
  return {
    file,
    value: isBroken ? undefined : (plain.value ?? undefined),
    isBroken,
    problems: [
      ...mistakes.map(({ offset, message }) => ({ ...place(offset), field: '', message })),
      ...(plain?.problem === undefined ? [] : [{ ...place(0), field: '', message: plain.problem }]),
    ],
    at: (path, part) => place(offsetOf(document, path, part)),
    written: (path) => writtenAt(document, path),
  };
}

function writtenAt(document: Document, path: readonly PropertyKey[]): string | undefined {
  let node: unknown = document.contents;
  for (const step of path) node = stepInto(resolved(document, node), step)?.value;
  const scalar = resolved(document, node);
  return isScalar(scalar) && scalar.type === 'PLAIN' ? scalar.source : undefined;
}

/** What an alias stands for. */
function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** An alias that multiplies without end is found only when the data is built. */
function toPlain(document: Document): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { problem: `not valid YAML: ${errorText(error)}` };
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[], part: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let found = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const next = stepInto(node, step);
    if (next === undefined) return found;
    const wantsKey = part === 'key' || startOf(next.value) === undefined;
    const isLast = depth === path.length - 1;
    // A path that goes on below this step and ends in nothing is best reported at the key that lacks it.
    found = startOf(isLast && !wantsKey ? next.value : (next.key ?? next.value)) ?? found;
    node = next.value;
  }
  return found;
}

function stepInto(node: unknown, step: PropertyKey): { readonly key: unknown; readonly value: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
    return pair === undefined ? undefined : { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof step === 'number' && step in node.items) return { key: undefined, value: node.items[step] };
  return undefined;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
