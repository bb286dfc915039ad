/** What came of a phase of a smoke check. Pure. */
import { EXIT, errorText, StackctlError } from '../errors.ts';

/** `inconclusive`: it could not be judged; `skipped`: there is nothing to try, or it was not reached. */
export type PhaseVerdict = 'pass' | 'fail' | 'inconclusive' | 'skipped';

export interface PhaseResult {
  readonly verdict: PhaseVerdict;
  /** Why it is no pass. */
  readonly reasons: readonly string[];
  /** What somebody should know of it, whatever its verdict; absent: nothing. */
  readonly warnings?: readonly string[];
  /** What was seen, for people: measured in this phase. */
  readonly seen: string;
  /** What the verb of the phase told, JSON-ready. */
  readonly data: unknown;
}

/** What a verb answered: `failure` stands beside an answer that is a no. */
interface Answer {
  readonly data: unknown;
  readonly failure?: StackctlError;
}

/** What a verb threw, or gave beside its answer. */
export function failed(error: unknown, seen = '', data: unknown = null): PhaseResult {
  const isOpen = error instanceof StackctlError && error.exitCode === EXIT.inconclusive;
  return { verdict: isOpen ? 'inconclusive' : 'fail', reasons: reasonsOf(error), seen, data };
}

function reasonsOf(error: unknown): readonly string[] {
  const more = error instanceof StackctlError ? error.details?.reasons : undefined;
  return [errorText(error), ...(Array.isArray(more) ? more.map(String) : [])];
}

export function skipped(why: string): PhaseResult {
  return { verdict: 'skipped', reasons: [why], seen: '', data: null };
}

/** What a verb answered. @param seen says it in a line. */
export function ofVerb<Data>({ data, failure }: Answer, seen: (data: Data) => string): PhaseResult {
  const line = seen(data as Data);
  return failure === undefined ? { verdict: 'pass', reasons: [], seen: line, data } : failed(failure, line, data);
}

/** The worst verdict, and what all have to say. */
export function together(results: readonly PhaseResult[]): PhaseResult {
  const has = (verdict: PhaseResult['verdict']) => results.some((result) => result.verdict === verdict);
  const warnings = results.flatMap((result) => result.warnings ?? []);
  return {
    verdict: has('fail') ? 'fail' : has('inconclusive') ? 'inconclusive' : 'pass',
    reasons: results.flatMap(({ reasons }) => reasons),
    ...(warnings.length > 0 && { warnings }),
    seen: results
      .map(({ seen }) => seen)
      .filter((line) => line !== '')
      .join('; '),
    data: results.map(({ data }) => data),
  };
}
