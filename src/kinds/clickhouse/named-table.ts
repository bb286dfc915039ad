import { askClickhouse, type ClickhouseTarget } from '../../clients/clickhouse/ask.ts';

export type OwnTarget = ClickhouseTarget & { readonly database: string };

/** A table as a profile names it, and a way to ask about it: `{database:String}` and `{name:String}` are its. Changes nothing. */
export interface NamedTable {
  readonly name: string;
  readonly database: string;
  /** @throws what `askClickhouse` throws. */
  ask<Row>(sql: string, signal?: AbortSignal): Promise<readonly Row[]>;
}

/** @param parts database and name, or the name alone, which is in the service's own database. */
export function namedTable(target: OwnTarget, parts: readonly string[]): NamedTable {
  const [name = '', database = target.database] = [...parts].reverse();
  return {
    ...{ name, database },
    ask: async <Row>(sql: string, signal?: AbortSignal) => {
      const options = { parameters: { database, name }, settings: { readonly: 2 }, ...(signal && { signal }) };
      return (await askClickhouse<Row>(target, sql, options)).rows;
    },
  };
}
