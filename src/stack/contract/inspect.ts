/** What a kind offers to `stackctl inspect`: read-only views of one service, each bounded in time and in what it reads. */
import type { ServiceInput } from './model.ts';

export interface InspectorCapability<Options = unknown> {
  readonly views: readonly InspectView<Options>[];
}

export interface InspectView<Options = unknown> {
  /** E.g. `memory`, `streams`, `chunks`. */
  readonly name: string;
  readonly summary: string;
  /** Never changes anything. @throws a StackctlError, or the client's error, when the server cannot be asked. */
  read(input: ServiceInput<Options>, signal: AbortSignal): Promise<InspectResult>;
}

export type InspectCell = string | number | boolean | null;

export interface InspectResult {
  /** Column names, camelCase with the unit (`usedBytes`); the first one names the row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly InspectCell[])[];
  /** What a person should know before reading the rows, e.g. that this is a sample. */
  readonly notes?: readonly string[];
}
