import type { Network } from './model.ts';

/** A network of a Compose project. */
export interface ComposeNetwork {
  /** Name of the Compose project. */
  readonly project: string;
  /** Its key in the compose.yaml, or the name of an external one. Undefined: `default`, or the only one. */
  readonly network: string | undefined;
}

export interface JoinInput extends ComposeNetwork {
  /** The part of a network that the project had before. */
  readonly kept: Network | undefined;
  /** Those that other projects have. */
  readonly others: readonly Network[];
}
