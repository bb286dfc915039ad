/** What is refused in a YAML file, in words that never repeat the file's text: it may be a secret. */
import { type Document, isAlias, isNode, isPair, isScalar, type LineCounter, type Node, visit } from 'yaml';

/** A mistake in the text of a YAML file. */
export interface TextMistake {
  /** Where it stands, counted in characters from 0. */
  readonly offset: number;
  readonly message: string;
  /** A key that was given before: the rest of the file still says what was meant. */
  readonly isRepeatedKey?: boolean;
}

const QUOTE_IT = 'put the text in quotes';

const NO_SUCH_TAG = `a word that begins with ! is a tag of YAML, and there is no such tag here; ${QUOTE_IT} if it is none`;

/** Errors whose words in the library hold a part of the file, or advise programmers. */
const MESSAGES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key was given before',
  BAD_ALIAS: `not valid YAML: a * begins the name of an anchor, and this one cannot be used; ${QUOTE_IT} if it is none`,
  BAD_DQ_ESCAPE:
    'not valid YAML: this escape does not exist in double quotes; write the backslash twice, or use single quotes',
  BAD_DIRECTIVE: 'not valid YAML: a line that begins with % is an instruction to YAML, and this one does not exist',
  NON_STRING_KEY: `not valid YAML: a key must be text; ${QUOTE_IT}`,
  TAG_RESOLVE_FAILED: NO_SUCH_TAG,
  BAD_COLLECTION_TYPE: 'this tag does not fit what follows it',
  UNEXPECTED_TOKEN: `not valid YAML: this cannot stand here; ${QUOTE_IT} if it is a part of a text`,
  BAD_SCALAR_START: `not valid YAML: an unquoted text cannot begin with this character; ${QUOTE_IT}`,
};

/** The library's errors and warnings of a file. Warnings count too: YAML would read such text as something else. */
export function libraryMistakes(document: Document.Parsed, text: string, lines: LineCounter): readonly TextMistake[] {
  return [...withoutEchoes(document.errors), ...document.warnings].map(({ code, message, pos }) => {
    if (code !== 'MULTIPLE_DOCS') {
      const words = MESSAGES[code] ?? `not valid YAML: ${message}`;
      return { offset: pos[0], message: words, isRepeatedKey: code === 'DUPLICATE_KEY' };
    }
    const offset = secondDocument(text, pos[0]);
    const { line } = lines.linePos(offset);
    return { offset, message: `not valid here: a second document begins at line ${line}; the file must hold one` };
  });
}

/** Behind a brace that is not closed nothing is where it should be: that is one mistake, and not one for each word. */
function withoutEchoes(errors: Document.Parsed['errors']): Document.Parsed['errors'] {
  const first = errors.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  return errors.filter(({ code }, index) => code !== 'UNEXPECTED_TOKEN' || index <= first);
}

/** The `---` at or after an offset, else that offset. */
function secondDocument(text: string, from: number): number {
  const start = text.lastIndexOf('\n', from - 1) + 1;
  const found = text.slice(start).search(/^---/m);
  return found === -1 ? from : start + found;
}

/** Tags that change nothing: the type that YAML finds anyway, or plain text. */
const CORE_TAG = /^tag:yaml\.org,2002:(str|map|seq|int|float|bool|null)$/;
const WORDS: Readonly<Record<string, RegExp>> = {
  'tag:yaml.org,2002:bool': /^(true|True|TRUE|false|False|FALSE)$/,
  'tag:yaml.org,2002:null': /^(~|null|Null|NULL)?$/,
};

/**
 * What is legal YAML and would silently change or lose what was written: tags (`!text`), anchors that nothing names
 * (`&text`), and aliases without an anchor before them (`*text`).
 */
export function nodeMistakes(document: Document.Parsed, text: string): readonly TextMistake[] {
  const found: TextMistake[] = [];
  const anchors = new Map<string, number>();
  const named = new Set<string>();
  visit(document, (key, node, ancestors) => {
    if (isPair(node) && isScalar(node.key) && node.key.value === '__proto__') {
      found.push({ offset: node.key.range?.[0] ?? 0, message: 'this key cannot be used' });
    }
    if (!isNode(node) || (key === null && !node.range)) return;
    if (isAlias(node)) {
      const isInside = ancestors.some((one) => isNode(one) && 'anchor' in one && one.anchor === node.source);
      named.add(node.source);
      if (!anchors.has(node.source) || isInside) {
        found.push({
          offset: node.range?.[0] ?? 0,
          message: `not valid YAML: no anchor before this has its name; ${QUOTE_IT} if its * is a part of the text`,
        });
      }
      return;
    }
    if (node.tag !== undefined && !isUsable(node)) {
      found.push({ offset: before(text, node, '!'), message: NO_SUCH_TAG });
    }
    if (node.anchor !== undefined) anchors.set(node.anchor, before(text, node, '&'));
  });
  const unused = [...anchors].filter(([name]) => !named.has(name));
  const message = `an & begins the name of an anchor, and nothing uses this one; ${QUOTE_IT} if it is a part of the text`;
  return [...found, ...unused.map(([, offset]) => ({ offset, message }))];
}

function isUsable(node: Node): boolean {
  const tag = node.tag ?? '';
  if (!CORE_TAG.test(tag)) return false;
  if (!isScalar(node)) return true;
  if (typeof node.value === 'number') return Number.isFinite(node.value);
  return WORDS[tag]?.test(node.source ?? '') ?? true;
}

/** Offset of the tag (`!`) or anchor (`&`) of a node, which stands before what the node holds. */
function before(text: string, node: Node, sign: '!' | '&'): number {
  const end = node.range?.[0] ?? 0;
  const start = text.lastIndexOf('\n', text.lastIndexOf('\n', end - 1) - 1) + 1;
  const words = [...text.slice(start, end).matchAll(/(?<=^|[\s[{,])[!&][^\s,[\]{}]*/g)];
  const last = words.findLast(([word]) => word.startsWith(sign));
  return last === undefined ? end : start + last.index;
}
