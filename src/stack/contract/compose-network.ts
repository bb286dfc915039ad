import type { Network } from './model.ts';

/** A network of a Compose project. */
export interface ComposeNetwork {
  /** Name of the Compose project. */
  readonly project: string;
  /** Its key in the compose.yaml, e.g. `default`; for an external one its name. */
  readonly network: string;
}

export interface JoinInput extends ComposeNetwork {
  /** The part of a network that the project had before. */
  readonly kept: Network | undefined;
  /** Those that other projects have. */
  readonly others: readonly Network[];
}
