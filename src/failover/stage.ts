import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../lib/duration.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline } from '../lib/poll.ts';
import type { WriteRecord } from '../stack/contract/failover.ts';
import { CLIENTS, type FaultKind, type FaultOptions } from '../stack/contract/runtime-facts.ts';
import type { ClusterEvent, Stage } from '../stack/contract/scenario.ts';
import type { FaultCall } from './fault-moment.ts';
import type { OpenFaults } from './open-faults.ts';
import { type Fact, longestOutageMs } from './run-expectations.ts';
import type { RunInput } from './run-input.ts';
import type { Played } from './run-report.ts';
import { explanationOf, type SwitchView, switchesSince, waitForSwitch } from './wait-for-switch.ts';

export interface StageInput {
  readonly run: RunInput;
  readonly open: OpenFaults;
  readonly primary: string;
  readonly events: readonly ClusterEvent[];
  readonly history: readonly WriteRecord[];
}

/** What the script of a scenario does, and what it leaves behind. */
export interface SetStage {
  readonly stage: Stage;
  /** @throws Error for a script that has struck nothing. */
  played(): Played;
}

interface Script {
  readonly begunAt: number;
  /** The first strike: figures count from it. */
  fault: FaultCall | undefined;
  /** Since the last one. */
  view: SwitchView;
  recoversFrom: number | undefined;
  lossWindowMs: number | undefined;
  onTheWayMs: number | undefined;
  readonly facts: Fact[];
  waits: number;
}

/** A stage for one run. */
export function setStage(input: StageInput): SetStage {
  const { run, open, primary, events } = input;
  const { clock, emit, signal, random } = run;
  const script: Script = {
    ...{ begunAt: clock.now(), fault: undefined, view: viewAt(input, 0) },
    ...{ recoversFrom: undefined, lossWindowMs: undefined, onTheWayMs: undefined },
    ...{ facts: [], waits: 0 },
  };
  const stage: Stage = {
    ...{ primary, signal, events, random },
    ...strikes(input, script),
    inject: async (instance, fault, options) => {
      if (isFaultOf(run.runtime, fault)) await open.inject([instance], fault, options);
      else await open.injectByProtocol(instance, fault);
    },
    heal: (instance) => open.heal(instance),
    untilSwitched: async (until = {}) => {
      script.waits += 1;
      const id = script.waits === 1 ? 'switch' : `switch-${script.waits}`;
      const from = script.recoversFrom ?? script.view.since;
      const view = { ...script.view, arbiters: wellArbiters(input), tooLateAt: from + limitOf(run) };
      await step(emit, { id, title: 'wait for a new master' }, (progress) => waitForSwitch(run, view, until, progress));
      return switchesSince(view).at(-1)?.primary;
    },
    untilSteady: () => untilSteady(input),
    hold: (ms, why) => hold(emit, ms, why, signal),
    recoversFromHere: () => {
      script.recoversFrom = clock.now();
    },
    mayLoseFor: (ms, onTheWayMs) => {
      script.lossWindowMs = ms;
      script.onTheWayMs = onTheWayMs;
    },
    require: (name, problem) => script.facts.push({ name, problem: problem ?? null }),
    doubt: (name, problem) => script.facts.push({ name, problem: problem ?? null, isDoubt: true }),
  };
  return { stage, played: () => playedOf(input, script) };
}

/** Figures count from the first strike; what is waited for, from the last. */
function strikes(input: StageInput, script: Script): Pick<Stage, 'strike' | 'trigger'> {
  const { clock, emit } = input.run;
  const struck = (call: FaultCall): void => {
    script.fault ??= call;
  };
  const begin = (): number => {
    const calledAt = clock.now();
    script.view = viewAt(input, calledAt);
    return calledAt;
  };
  return {
    strike: async (instances, fault, options) => {
      const names = typeof instances === 'string' ? [instances] : instances;
      const calledAt = begin();
      const { oldPrimary } = script.view;
      const effects = await input.open.inject(names, fault, options);
      const sparesPrimary = !names.includes(oldPrimary) || leavesClients(fault, options);
      const effect = effects[Math.max(0, names.indexOf(oldPrimary))];
      const what = `${fault} ${names.join(', ')}`;
      struck({ what, calledAt, returnedAt: clock.now(), seen: effect, sparesPrimary });
    },
    trigger: async (what, work) => {
      const calledAt = begin();
      const shown = await step(emit, { id: `fault:${what}`, title: what }, work);
      const call = { what, calledAt, returnedAt: calledAt };
      struck(shown?.isLater ? { ...call, effect: shown } : { ...call, seen: shown });
      const problem = shown === undefined ? `nothing of it was to be seen: ${what}` : null;
      script.facts.push({ name: 'it took effect', problem, isDoubt: true });
    },
  };
}

function isFaultOf({ faults }: RunInput['runtime'], fault: string): fault is FaultKind {
  return (faults as ReadonlySet<string>).has(fault);
}

function playedOf({ run }: StageInput, { begunAt, fault, view, facts, ...script }: Script): Played {
  if (fault === undefined) throw new Error(`the scenario ${run.scenario.name} strikes nothing`);
  const isChangeWanted = run.scenario.expects.switches[0] > 0;
  return {
    begunAt,
    fault,
    recoversFrom: script.recoversFrom,
    lossWindowMs: script.lossWindowMs,
    onTheWayMs: script.onTheWayMs,
    facts,
    explanation: isChangeWanted ? explanationOf(run, view) : [],
  };
}

/** Then the primary goes on acknowledging, and its answers say nothing about the moment of the fault. */
function leavesClients(fault: FaultKind, { from = [] }: FaultOptions = {}): boolean {
  return fault === 'loss' || fault === 'slow' || (fault === 'cut' && !from.includes(CLIENTS));
}

function limitOf({ scenario, target, thresholds }: RunInput): number {
  return longestOutageMs(thresholds, { outageMs: scenario.expects.outageMs?.(target) });
}

/** The primary may have changed by an earlier strike. */
function viewAt({ primary, events, history }: StageInput, since: number): SwitchView {
  return {
    oldPrimary: events.findLast(({ phase }) => phase === 'switched')?.primary ?? primary,
    since,
    tooLateAt: Number.POSITIVE_INFINITY,
    arbiters: [],
    events,
    history,
  };
}

function wellArbiters({ run, open }: StageInput): readonly string[] {
  const broken = open.names();
  return run.target.service.instances.map(({ name }) => name).filter((name) => !broken.includes(name));
}

async function untilSteady({ run, open }: StageInput): Promise<void> {
  const { capability, target, limits, signal, emit } = run;
  await step(emit, { id: 'steady-between', title: 'wait until all agree' }, (progress) =>
    capability.steady(target, deadline(limits.steadyMs, signal), {
      without: open.names(),
      onReasons: (reasons) => progress(reasons.join('; ')),
    }),
  );
}

function hold(emit: Emit, ms: number, why: string, signal: AbortSignal): Promise<void> {
  return step(emit, { id: `hold:${why}`, title: `${why} (${formatDuration(ms)})` }, () =>
    delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted()),
  );
}
