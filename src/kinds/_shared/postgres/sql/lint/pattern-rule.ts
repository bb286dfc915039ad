import type { LintFinding } from '../../../../../stack/contract/lint.ts';

/** A finding for every text in normal form that matches. */
export interface PatternRule extends Omit<LintFinding, 'offset'> {
  readonly pattern: RegExp;
}
