import { Secret } from '../lib/secret.ts';
import type { ResolvedValue } from '../stack/contract/model.ts';

/** What a project keeps of the values that it was brought up with. */
export interface KeptValues {
  /** For the record. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** For secrets.json. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** For secrets.json: made for profile `production`, also while another profile is in use. */
  readonly generated: Readonly<Record<string, Secret>>;
}

export interface KeptValuesInput {
  readonly values: readonly ResolvedValue[];
  /** Names that a flag of this command gave. */
  readonly flagged: ReadonlySet<string>;
  /** What was kept before. */
  readonly kept: Readonly<Record<string, string | number | boolean | Secret>>;
  readonly generated: Readonly<Record<string, Secret>>;
}

/** A flag replaces what was kept under its name; names that the stack no longer has are dropped. */
export function keptValuesOf({ values, flagged, kept, generated }: KeptValuesInput): KeptValues {
  const all = values.flatMap(({ name, value }) => {
    const keep = flagged.has(name) ? value : kept[name];
    return keep === undefined ? [] : [[name, keep] as const];
  });
  const secretNames = new Set(values.filter(({ type }) => type === 'secret').map(({ name }) => name));
  return {
    values: Object.fromEntries(
      all.flatMap(([name, value]) =>
        value instanceof Secret || secretNames.has(name) ? [] : [[name, value] as const],
      ),
    ),
    secrets: Object.fromEntries(
      all.flatMap(([name, value]) => (value instanceof Secret ? [[name, value] as const] : [])),
    ),
    generated,
  };
}
