/** A smoke check: phases one after the other, each with a verdict of its own, and one verdict over all. */
import { EXIT, StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import type { PhaseResult, PhaseVerdict } from './results.ts';
import { failed } from './results.ts';

export interface Phase {
  readonly name: string;
  /** What is done in it, in words. */
  readonly title: string;
  /** Without it none of the others can be tried. */
  readonly isFirst?: true;
  /** It ends what the first one began: tried whatever went before. */
  readonly isLast?: true;
  /** What it throws is a failure of the phase. */
  run(): Promise<PhaseResult>;
}

export interface PhaseReport extends PhaseResult {
  readonly phase: string;
  /** By the clock, whole milliseconds. */
  readonly durationMs: number;
}

export interface SmokeReport {
  readonly project: string;
  readonly stack: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly durationMs: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly phases: readonly PhaseReport[];
}

export interface Surroundings {
  readonly emit: Emit;
  /** Ends it: only what cleans up is still done. */
  readonly signal: AbortSignal;
  readonly clock: { now(): number };
  /** What came of a phase, as it may be shown. Never throws. */
  shown(result: PhaseResult): Promise<PhaseResult>;
  /** Called before the last phase where something is wrong by then: what explains it is still there. Never throws. */
  beforeTheEnd?(reports: readonly PhaseReport[]): Promise<void>;
}

/**
 * Runs them in their order. One that fails keeps no other from being tried, but for the first: what else goes wrong is worth knowing.
 * @throws what the first one throws where nothing was started: wrong usage, an invalid stack, a missing runtime, a lock.
 */
export async function runPhases(phases: readonly Phase[], around: Surroundings): Promise<readonly PhaseReport[]> {
  const reports: PhaseReport[] = [];
  let unreached: string | undefined;
  for (const phase of phases) {
    if (phase.isLast === true && reports.some(isBad)) await around.beforeTheEnd?.(reports);
    if (phase.isLast !== true) unreached ??= around.signal.aborted ? 'interrupted' : undefined;
    const reached = unreached === undefined || phase.isLast === true;
    const report = reached ? await runPhase(phase, around) : notReached(phase, unreached ?? '');
    if (phase.isFirst === true && report.verdict === 'fail') unreached = `${phase.name} failed`;
    reports.push(report);
  }
  return reports;
}

function isBad({ verdict }: PhaseReport): boolean {
  return verdict === 'fail' || verdict === 'inconclusive';
}

function notReached({ name }: Phase, why: string): PhaseReport {
  return { phase: name, verdict: 'skipped', reasons: [`not tried: ${why}`], seen: '', data: null, durationMs: 0 };
}

async function runPhase(phase: Phase, { emit, clock, shown }: Surroundings): Promise<PhaseReport> {
  const startedAt = clock.now();
  const tell = { id: `smoke:${phase.name}`, title: `${phase.name}: ${phase.title}` };
  const result = await step(emit, tell, async () => shown(await resultOf(phase)), endOf);
  return { phase: phase.name, ...result, durationMs: Math.round(clock.now() - startedAt) };
}

async function resultOf(phase: Phase): Promise<PhaseResult> {
  try {
    return await phase.run();
  } catch (error) {
    if (phase.isFirst === true && startedNothing(error)) throw error;
    return failed(error);
  }
}

const BEFORE_ANYTHING: ReadonlySet<number> = new Set([
  EXIT.usage,
  EXIT.needsConfirmation,
  EXIT.runtimeMissing,
  EXIT.locked,
]);

function startedNothing(error: unknown): boolean {
  return error instanceof StackctlError && BEFORE_ANYTHING.has(error.exitCode);
}

function endOf({ verdict, seen, reasons }: PhaseResult) {
  const state = ({ pass: 'done', skipped: 'skipped', fail: 'failed', inconclusive: 'failed' } as const)[verdict];
  return { state, detail: verdict === 'pass' ? seen : (reasons[0] ?? seen) };
}

/** The worst of them: what failed, before what could not be judged. What was skipped counts only where nothing passed. */
export function verdictOf(phases: readonly Pick<PhaseReport, 'verdict'>[]): SmokeReport['verdict'] {
  const has = (verdict: PhaseVerdict): boolean => phases.some((phase) => phase.verdict === verdict);
  if (has('fail')) return 'fail';
  return has('inconclusive') || !has('pass') ? 'inconclusive' : 'pass';
}
