/** Whether a program and what it depends on can do their work now. */

export interface ReadinessCheck {
  /** Stable, e.g. `redis-connection`. */
  readonly name: string;
  /** False: the program does its work without it, with less. Default true. */
  readonly essential?: boolean;
  /** Resolves, with a remark or without one, when all is well; rejects with the reason when it is not. */
  check(signal: AbortSignal): Promise<string | undefined>;
}

export interface CheckResult {
  readonly name: string;
  readonly status: 'pass' | 'fail';
  /** The remark, or why it failed. */
  readonly output?: string;
}

export interface Readiness {
  /** `degraded`: every essential check passes, another one fails. */
  readonly status: 'ready' | 'degraded' | 'not ready';
  readonly checks: readonly CheckResult[];
}

/** Makes all checks at once; one that gives no answer in time fails. */
export async function readiness(checks: readonly ReadinessCheck[], deadlineMs: number): Promise<Readiness> {
  const results = await Promise.all(checks.map((check) => result(check, deadlineMs)));
  const failed = checks.filter((_, index) => results[index]?.status === 'fail');
  const blocked = failed.some(({ essential }) => essential !== false);
  return { status: blocked ? 'not ready' : failed.length > 0 ? 'degraded' : 'ready', checks: results };
}

async function result({ name, check }: ReadinessCheck, deadlineMs: number): Promise<CheckResult> {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    const output = await Promise.race([check(stop.signal), late]);
    return { name, status: 'pass', ...(output === undefined ? {} : { output }) };
  } catch (error) {
    return { name, status: 'fail', output: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}
