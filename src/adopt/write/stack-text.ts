import { Document, isMap, isScalar, Scalar, visit } from 'yaml';
import type { Entry } from '../plan/context.ts';
import type { StackPlan } from '../plan/plan.ts';

export interface StackText {
  /** Of the Compose file, as the text names it. */
  readonly source: string;
  /** The first line, by which editors find the schema. */
  readonly editorLine: string;
  /** Values whose text is not for everybody to read: they have this one instead. */
  readonly placeholders: ReadonlyMap<string, string>;
}

/** The stack.yaml of a plan, with what stays out and what was changed as comments. Never shows a secret that is not in the Compose file. */
export function stackText(plan: StackPlan, { source, editorLine, placeholders }: StackText): string {
  const document = new Document(treeOf(plan, source, placeholders), { aliasDuplicateObjects: false });
  document.commentBefore = comment(headOf(plan, source));
  const services = document.get('services');
  for (const [index, entry] of plan.entries.entries()) {
    const notes = notesOf(entry);
    const key = isMap(services) ? services.items[index]?.key : undefined;
    if (!isScalar(key)) continue;
    if (notes.length > 0) key.commentBefore = comment(notes);
    if (index > 0) key.spaceBefore = true;
  }
  const root = document.contents;
  if (isMap(root))
    for (const { key } of root.items)
      if (isScalar(key) && /^(values|services|migrations|readiness)$/.test(String(key.value))) key.spaceBefore = true;
  document.comment = comment([
    'Folder of traffic profiles, once it is there; docs/traffic.md has small ones.',
    'traffic: traffic',
  ]);
  inLine(document);
  return `${editorLine}\n${document.toString({ lineWidth: 0, flowCollectionPadding: false })}`;
}

function treeOf(plan: StackPlan, source: string, placeholders: ReadonlyMap<string, string>): unknown {
  const values = plan.secrets.map(({ name, text, description }) => [
    name,
    { type: 'secret', default: placeholders.get(name) ?? text, description },
  ]);
  const migrations = plan.entries.flatMap(({ name, migrations: planned }) =>
    planned?.folder === undefined ? [] : [[name, planned.folder] as const],
  );
  return {
    stack: plan.name,
    description: `What ${source} brings up`,
    ...(values.length === 0 ? {} : { values: Object.fromEntries(values) }),
    services: Object.fromEntries(plan.entries.map(({ name, keys }) => [name, present(keys)])),
    ...(migrations.length === 0 ? {} : { migrations: Object.fromEntries(migrations) }),
    // Images of others may take long for their first start.
    readiness: { timeout: '3m' },
  };
}

function present(keys: Entry['keys']): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined));
}

/** Lists of plain words on one line, as people write commands. */
function inLine(document: Document): void {
  visit(document, {
    Seq(_key, node) {
      const words = node.items.map((item) => (isScalar(item) ? String(item.value) : undefined));
      if (words.every((word) => word !== undefined && !/[\n#]/.test(word)) && words.join(', ').length <= 90)
        node.flow = true;
    },
    Map(_key, node) {
      const words = node.items.map(({ value }) =>
        isScalar(value) && typeof value.value !== 'object' ? String(value.value) : undefined,
      );
      const names = node.items.map(({ key }) => String(isScalar(key) ? key.value : ''));
      if (/^(inside,outside|port,path)$/.test(names.join(',')) && words.every((word) => word !== undefined))
        node.flow = true;
    },
    Scalar(_key, node) {
      if (typeof node.value === 'string' && /^[!&*%@`]/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
}

function headOf({ renamed, staysOut, remarks }: StackPlan, source: string): readonly string[] {
  return [
    `Made of ${source} by \`stackctl init --from\`. docs/stack.yaml explains every key.`,
    ...renamed.map(({ from, to }) => `${from} is called ${to} here.`),
    ...staysOut.map(({ service, why }) => `${service} stays out: ${why}.`),
    ...remarks.map((remark) => `Note: ${remark}.`),
  ];
}

function notesOf({ changed, leftOut }: Entry): readonly string[] {
  return [...changed, ...(leftOut.length === 0 ? [] : [`left out: ${leftOut.join('; ')}`])];
}

function comment(lines: readonly string[]): string {
  // A comment ends with its line.
  return lines.map((line) => ` ${line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')}`).join('\n');
}
