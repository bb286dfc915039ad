import type { SchemaNode } from './node.ts';
import { inOrder, type Needs, sortNodes } from './order.ts';
import type { Table } from './table-text.ts';
import { tableNodes } from './tables.ts';

/** A schema as it was read. */
export interface SchemaParts {
  readonly tables: readonly Table[];
  readonly others: readonly SchemaNode[];
  readonly needs: Needs;
}

/**
 * All objects in an order in which they can be made. Where objects need each other, defaults and checks of the tables
 * among them are added later, and views begin as a list of empty columns. Pure.
 */
export function assemble({ tables, others, needs }: SchemaParts): readonly SchemaNode[] {
  const apart = new Set<string>();
  const begun = new Set<string>();
  for (;;) {
    const nodes = [
      ...tables.flatMap((table) => tableNodes(table, apart)),
      ...others.flatMap((node) => views(node, begun)),
    ];
    const { sorted, circle } = sortNodes(nodes, needs);
    if (circle.length === 0) return sorted;
    const removable = circle.flatMap(({ inline = [] }) => inline);
    const view = circle.filter(({ placeholder }) => placeholder !== undefined).toSorted(inOrder)[0];
    if (removable.length > 0) for (const key of removable) apart.add(key);
    else if (view !== undefined) begun.add(view.name);
    // Nothing that can be made in parts: as they come by rank, which functions with texts as bodies do not mind.
    else return [...sorted, ...nodes.filter((node) => !sorted.includes(node)).toSorted(inOrder)];
  }
}

function views(node: SchemaNode, begun: ReadonlySet<string>): readonly SchemaNode[] {
  const { placeholder, covers, name, statements } = node;
  if (placeholder === undefined || !begun.has(name)) return [node];
  const isContent = (key: string): boolean => key.startsWith('pg_rewrite:') || key.startsWith('pg_attrdef:');
  const { placeholder: _made, ...rest } = node;
  const [create = '', ...more] = statements;
  return [
    {
      ...rest,
      kind: 'view without content',
      statements: [placeholder],
      covers: covers.filter((key) => !isContent(key)),
    },
    {
      ...rest,
      statements: [create.replace(/^CREATE /, 'CREATE OR REPLACE '), ...more],
      covers: covers.filter(isContent),
      needs: covers.filter((key) => !isContent(key)),
    },
  ];
}
