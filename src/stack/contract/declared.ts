/** What a kind offers to `stackctl migrate` where the stack declares how the inside of a server is: topics. */
import type { ServiceInput } from './model.ts';

export interface DeclaredCapability<Options = unknown> {
  /** What stack.yaml declares, by name, without a server. */
  names(input: ServiceInput<Options>): readonly string[];
  /** How each declared thing is in the server, in the order of the declaration. Changes nothing. @throws E_NOT_READY */
  plan(input: ServiceInput<Options>, signal: AbortSignal): Promise<readonly DeclaredItem[]>;
  /** As `apply`, but the server only says what it would refuse. Changes nothing. @throws as `apply`. */
  check(input: ServiceInput<Options>, signal: AbortSignal): Promise<readonly DeclaredItem[]>;
  /**
   * Makes what is missing and every change that is allowed. Deletes nothing.
   * @returns the plan that was carried out: what it does not allow is as it was.
   * @throws E_NOT_READY; E_MIGRATION_FAILED for what the server refuses: then nothing was done.
   */
  apply(input: ServiceInput<Options>, signal: AbortSignal): Promise<readonly DeclaredItem[]>;
}

export interface DeclaredItem {
  /** E.g. `topic`. */
  readonly type: string;
  readonly name: string;
  readonly state: 'inSync' | 'missing' | 'drifted';
  /** What would make it as it is declared; empty when it is. */
  readonly changes: readonly DeclaredChange[];
}

export interface DeclaredChange {
  /** E.g. `retention.ms is 60000, declared is 70000`. */
  readonly text: string;
  /** What making it changes, e.g. `retention.ms from 60000 to 70000`. */
  readonly step: string;
  /** `migrate up` makes it. */
  readonly allowed: boolean;
  /** What it brings with it, or why it is not allowed; undefined: there is nothing to say. */
  readonly remark?: string;
  /** The command or the change that ends the difference. */
  readonly fix: string;
}
