import { StackctlError } from '../errors.ts';
import { isTimeout, poll } from '../lib/poll.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { Runtime } from '../stack/contract/runtime.ts';
import { checkStack, type HealthReport, type InstanceHealth } from './check.ts';
import { type LogStarts, lastLogLines, noteStarts } from './last-lines.ts';

export interface WaitInput {
  readonly stack: Stack;
  readonly runtime: Runtime;
  /** Instances that have to be healthy; the others are looked at and not waited for. */
  readonly instances: ReadonlySet<string>;
  /** Called when the reasons of an instance change. */
  readonly onChange: (health: InstanceHealth) => void;
  /** What was shown already, by instance name: shared by waits that follow each other, so that nothing is shown twice. */
  readonly shown?: Map<string, string>;
  /** Ends the waiting; made by `deadline`, so that a time-out differs from an interrupt. */
  readonly signal: AbortSignal;
}

const EVERY_MS = 100;
/** At first: most servers answer some milliseconds after their start. */
const FIRST_MS = 2;
/** A server that crashed this often while it was waited for will not come up by itself. */
const CRASHES = 3;

/**
 * Probes at once and ever less often, in the end every 100 ms, until every instance named is healthy, apart from what only another setting can change.
 * @throws E_NOT_READY at the deadline, E_START_FAILED as soon as one has crashed for good; both with the reasons and
 * the last log lines of the instance at fault, of no earlier start.
 */
export async function waitHealthy(input: WaitInput): Promise<HealthReport> {
  const shown = input.shown ?? new Map<string, string>();
  const crashesBefore = new Map<string, number>();
  const starts: LogStarts = new Map();
  let last: HealthReport | undefined;
  try {
    return await poll(
      async () => {
        const observed = await input.runtime.observe();
        noteStarts(starts, observed);
        const report = await checkStack(input, observed, input.signal);
        const found = waitedFor(report, input);
        // Once all answer: is it they who do?
        last = found.every(isReady) ? await withoutStrangers(report, input) : report;
        const waited = waitedFor(last, input);
        for (const entry of waited) showChange(entry, shown, input.onChange);
        const failed = waited.find((entry) => isBeyondHope(entry, crashesBefore));
        if (failed !== undefined) throw await startFailed(input, failed, starts);
        return waited.every(isReady) ? last : undefined;
      },
      { everyMs: EVERY_MS, firstMs: FIRST_MS, signal: input.signal },
    );
  } catch (error) {
    if (isTimeout(error) && last !== undefined) throw await notReady(input, last, starts);
    throw error;
  }
}

function waitedFor({ instances }: HealthReport, wanted: WaitInput): readonly InstanceHealth[] {
  return instances.filter(({ instance }) => wanted.instances.has(instance.name));
}

/** What answers at the address of a server that has just started may be another one, which has had its port before. */
async function withoutStrangers(report: HealthReport, { instances: names, runtime }: WaitInput): Promise<HealthReport> {
  const look = async (entry: InstanceHealth): Promise<InstanceHealth> => {
    const { name, ports } = entry.instance;
    if (!names.has(name)) return entry;
    const hosts = ports.map(({ host }) => host);
    const stranger = await runtime.strangerAt?.(name, hosts);
    return stranger === undefined ? entry : { ...entry, health: 'unhealthy', reasons: [stranger] };
  };
  return { ...report, instances: await Promise.all(report.instances.map(look)) };
}

/** Healthy, or as healthy as waiting can make it. */
export function isReady({ health, reasons, standing }: InstanceHealth): boolean {
  return health === 'healthy' || (health === 'unhealthy' && reasons.every((reason) => standing.includes(reason)));
}

function showChange(entry: InstanceHealth, shown: Map<string, string>, onChange: WaitInput['onChange']): void {
  const text = `${entry.health} ${entry.reasons.join('; ')}`;
  if (shown.get(entry.instance.name) === text) return;
  shown.set(entry.instance.name, text);
  onChange(entry);
}

/** Only crashes of this wait count: the cause of earlier ones may be fixed. */
function isBeyondHope({ instance, observed, health }: InstanceHealth, crashesBefore: Map<string, number>): boolean {
  const restarts = observed?.restarts ?? 0;
  const before = crashesBefore.get(instance.name) ?? restarts;
  crashesBefore.set(instance.name, Math.min(before, restarts));
  return health === 'stopped' || (health === 'restarting' && restarts - before >= CRASHES);
}

async function startFailed(input: WaitInput, entry: InstanceHealth, starts: LogStarts): Promise<StackctlError> {
  const log = await lastLogLines(input, entry.instance.name, starts);
  return new StackctlError(
    'E_START_FAILED',
    `${entry.instance.name} does not start: ${entry.reasons.join('; ')}${quote(log)}`,
    {
      hint: `stackctl logs ${entry.instance.name}`,
      details: { instance: entry.instance.name, reasons: entry.reasons, log },
    },
  );
}

async function notReady(input: WaitInput, report: HealthReport, starts: LogStarts): Promise<StackctlError> {
  const late = report.instances.filter((entry) => input.instances.has(entry.instance.name) && !isReady(entry));
  const [first] = late;
  const log = first === undefined ? [] : await lastLogLines(input, first.instance.name, starts);
  const lines = late.map(({ instance, reasons }) => `  ${instance.name}: ${reasons.join('; ')}`);
  return new StackctlError('E_NOT_READY', `not ready in time:\n${lines.join('\n')}${quote(log)}`, {
    hint: 'It keeps running: see `stackctl status`, wait longer with `--timeout 2m`, or end it with `stackctl down`.',
    details: { instances: late.map(({ instance, reasons }) => ({ name: instance.name, reasons })), log },
  });
}

function quote(log: readonly string[]): string {
  return log.length === 0 ? '' : `\nits last log lines:\n${log.map((line) => `  | ${line}`).join('\n')}`;
}
