import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  visit,
} from 'yaml';
import { errorText } from '../../errors.ts';
import type { Position, Problem } from '../../stack/source/problem.ts';
import { interpolate, type Lookup } from './interpolate.ts';

/** A file of Compose with its variables filled in, which still knows where everything stands. */
export interface ComposeTree {
  readonly file: string;
  /** Undefined where the file cannot be read. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** Variables that are not set: where the first of each stands. */
  readonly missing: ReadonlyMap<string, Position>;
  /** Paths marked `!reset` or `!override`: what an earlier file has there does not count. */
  readonly replaced: readonly (readonly string[])[];
  /** Where a path stands; for one that does not exist, its nearest parent. */
  at(path: readonly PropertyKey[]): Position;
}

/**
 * Reads YAML with merge keys (`<<`) and fills in variables in values, not in keys, as Compose does. Unlike a stack.yaml, such a file may
 * have anchors that nothing uses and tags of Compose (`!reset`, which takes its key away, and `!override`).
 * @param file as messages name it.
 */
export function parseCompose(text: string, file: string, lookup: Lookup): ComposeTree {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: Problem[] = document.errors.map(({ message, pos }) => ({
    ...place(pos[0]),
    field: '',
    message: `not valid YAML: ${message}`,
  }));
  const missing = new Map<string, Position>();
  const replaced = takeReplaced(document);
  if (problems.length === 0) {
    fill(document, lookup, (offset, found) => {
      if ('fault' in found) problems.push({ ...place(offset), field: '', message: found.fault });
      else for (const name of found.missing) if (!missing.has(name)) missing.set(name, place(offset));
    });
  }
  const plain = problems.length > 0 ? {} : toPlain(document);
  if (plain.problem !== undefined) problems.push({ ...place(0), field: '', message: plain.problem });
  return {
    file,
    value: plain.value,
    problems,
    missing,
    replaced,
    at: (path) => place(offsetOf(document, path)),
  };
}

function takeReplaced(document: Document.Parsed): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  visit(document, {
    Pair(_, { key, value }, ancestors) {
      const tag = (value as Node | null)?.tag;
      if (tag !== '!reset' && tag !== '!override') return undefined;
      const keys = [...ancestors.flatMap((one) => (one instanceof Pair ? [one.key] : [])), key];
      found.push(keys.map((one) => String(isScalar(one) ? one.value : one)));
      return tag === '!reset' ? visit.REMOVE : undefined;
    },
  });
  return found;
}

function fill(
  document: Document.Parsed,
  lookup: Lookup,
  tell: (offset: number, found: ReturnType<typeof interpolate>) => void,
): void {
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const found = interpolate(node.value, lookup);
      tell(node.range?.[0] ?? 0, found);
      if ('text' in found) node.value = found.text;
    },
  });
}

/** An alias that multiplies without end is found only when the data is built. */
function toPlain(document: Document): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100_000 }) };
  } catch (error) {
    return { problem: `not valid YAML: ${errorText(error)}` };
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let found = startOf(node);
  for (const step of path) {
    const next = stepInto(isAlias(node) ? node.resolve(document) : node, step);
    if (next === undefined) return found;
    found = startOf(next instanceof Pair ? next.key : next);
    node = next instanceof Pair ? next.value : next;
  }
  return found;
}

function stepInto(node: unknown, step: PropertyKey): unknown {
  if (isMap(node)) {
    return node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
  }
  return isSeq(node) && typeof step === 'number' ? node.items[step] : undefined;
}

function startOf(node: unknown): number {
  return (node as Node | null | undefined)?.range?.[0] ?? 0;
}
