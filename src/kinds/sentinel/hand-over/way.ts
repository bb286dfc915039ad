/** What the ways to move the master have in common. */
import type { HandOverStep, Resyncs } from '../../../stack/contract/arbiter.ts';
import type { Instance } from '../../../stack/contract/model.ts';

export interface Heard {
  readonly onStep: (step: HandOverStep) => void;
  readonly onWarning: (text: string) => void;
}

export interface Moved {
  /** The old master. */
  readonly from: Instance;
  /** Names of what did not answer. */
  readonly leftOut: readonly string[];
  readonly resyncs?: Resyncs;
}
