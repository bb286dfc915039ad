import type { Emit } from '../lib/events.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { SendOutcome } from '../stack/contract/traffic.ts';
import type { LoadedProfile } from './load-profile.ts';
import type { TrafficProfile } from './profile-schema.ts';
import type { Threshold } from './thresholds.ts';

export type Heard = (sequence: number, outcome: SendOutcome) => void;

export interface SeedInput {
  readonly stack: Stack;
  readonly profile: TrafficProfile;
  /** The error for mistakes that only servers can see. */
  readonly refuse: LoadedProfile['refuse'];
  /** Events at most; undefined: as many as there is time for. */
  readonly count: number | undefined;
  /** Milliseconds in which events are sent; undefined: no limit. */
  readonly durationMs?: number | undefined;
  /** An interrupt is the normal end of the sending. */
  readonly untilStopped?: boolean;
  readonly seed: number;
  /** Events per second, as they are due; undefined: as fast as they are acknowledged. */
  readonly ratePerS: number | undefined;
  /** Batches that may be on their way at the same time; undefined: what the profile says. */
  readonly concurrency?: number | undefined;
  /** Beside those of the profile. */
  readonly thresholds?: readonly Threshold[];
  /** Unix time that timestamps start from; undefined: the profile's epoch. */
  readonly epochMs: number | undefined;
  /** Longest wait for the stores, in milliseconds; undefined: as long as something arrives. */
  readonly settleMs: number | undefined;
  /** Events that are not acknowledged are sent again, for `settleMs` or 30 s for each batch. */
  readonly retry?: boolean;
  /** Ends the sending as its normal end, whoever else may interrupt it. */
  readonly enough?: AbortSignal | undefined;
  /** Part of a check: nobody chose its flags, and nothing is said about them. */
  readonly isPart?: boolean;
  /** Services are restarted meanwhile: what the profile asks of every run is not asked of this one. */
  readonly isDisturbed?: boolean;
  /** Called once when the sending begins; what it returns is told what became of each event at each sink. */
  readonly watch?: ((runId: string) => Heard) | undefined;
  /** `performance.now`. */
  readonly clock: { now(): number };
  readonly date: () => Date;
  /** 6 bytes that no other run has. */
  readonly random: (size: number) => Uint8Array;
  readonly emit: Emit;
  /** An interrupt ends the sending; what is known by then is the result. */
  readonly signal: AbortSignal;
}
