/** How long a file and a function may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';

const FILE_LINES = 200;
const FUNCTION_LINES = 60;

/** What is read by people as code of this project: the tool, what ships beside it, and the samples that users copy. */
const FOLDERS = ['src', 'packages', 'bin', 'templates'];
const SOURCE = /\.([cm]?[jt]s|sh)$/;
const NOT_OURS = /(^|\/)(node_modules|dist)\//;

export interface Source {
  readonly file: string;
  readonly text: string;
}

/** The files that the rule is about. @param root of the repository */
export function readSources(root: string): readonly Source[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((file) => SOURCE.test(file) && !NOT_OURS.test(file))
      .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') })),
  );
}

/** `file` of each file that is too long, and `file: name` of each function, with the number of its lines. */
export function sizeViolations(
  sources: readonly Source[],
): readonly { readonly what: string; readonly lines: number }[] {
  return sources.flatMap(({ file, text }) => {
    const lines = linesOf(text.trimEnd());
    const ownSize = lines > FILE_LINES ? [{ what: file, lines }] : [];
    if (file.endsWith('.sh') || !mayHaveLongFunction(text)) return ownSize;
    const functions = functionsIn({ file, text }).map(({ name, source }) => ({
      what: `${file}: ${name}`,
      lines: linesOf(source),
    }));
    return [...ownSize, ...functions.filter((each) => each.lines > FUNCTION_LINES)];
  });
}

/** Indented, blank, or between the parameters and the body: `): Promise<void> {`. */
const WITHIN = /^(\s|$|[)}\]>].*[{([]$)/;

/**
 * Parsing takes longer than all other rules together. In formatted code the lines between the first and the last one of a
 * function are indented or blank, except where a text of several lines stands between backticks.
 */
function mayHaveLongFunction(text: string): boolean {
  let indented = 0;
  for (const line of text.split('\n')) {
    if (line.split('`').length % 2 === 0) return true;
    indented = WITHIN.test(line) ? indented + 1 : 0;
    if (indented > FUNCTION_LINES - 2) return true;
  }
  return false;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface FoundFunction {
  readonly name: string;
  readonly source: string;
}

function functionsIn({ file, text }: Source): readonly FoundFunction[] {
  const found: FoundFunction[] = [];
  const visit = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, name);
    if (!isNode(value)) return;
    const own = nameOf(value) ?? name;
    if (FUNCTIONS.has(value.type)) found.push({ name: own, source: text.slice(value.start, value.end) });
    for (const child of Object.values(value)) if (typeof child === 'object') visit(child, own);
  };
  visit(parseAst(text, { lang: file.endsWith('ts') ? 'ts' : 'js' }, file), 'the file itself');
  return found;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string';
}

/** Name of what a function is given to: a variable, a property, itself. */
function nameOf(node: Node): string | undefined {
  const { id, key } = node as { readonly id?: { readonly name?: string }; readonly key?: { readonly name?: string } };
  return id?.name ?? key?.name;
}

function linesOf(text: string): number {
  return text.split('\n').length;
}
