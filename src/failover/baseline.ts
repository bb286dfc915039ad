/** Whether repeated runs are worse than those of earlier, as far as both can say. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { StackctlError } from '../errors.ts';
import { unreadable } from '../lib/file-errors.ts';
import { fieldName } from '../stack/source/problem.ts';
import { mistakesIn } from '../stack/source/zod-problems.ts';
import type { Interval } from './statistics.ts';
import type { ScenarioSummary } from './summary.ts';

const ms = z.number();
const interval = z.object({ low: z.number(), high: z.number() });

const ofWriter = {
  outage: z.object({ medianMs: ms, medianIntervalMs: interval.nullable() }).nullable(),
  lossShare: interval.nullable(),
};

/** As far as it is compared. */
const baselineSchema = z.object({
  data: z.object({
    summaries: z.array(
      z.object({
        scenario: z.string(),
        runs: z.int().min(1),
        passShare: interval.nullable(),
        ...ofWriter,
        clients: z.array(z.object({ name: z.string(), ...ofWriter })).optional(),
      }),
    ),
  }),
});

/** What repeated runs of earlier came to. */
export type Baseline = readonly Earlier[];

type Earlier = Readonly<Omit<z.infer<typeof baselineSchema>['data']['summaries'][number], 'clients'>> & {
  readonly clients?: readonly (Writes & { readonly name: string })[] | undefined;
};

/**
 * What `failover-test --repeat 20 --json` printed.
 * @throws E_STATE_UNREADABLE; E_USAGE for a file that has no repeated runs.
 */
export async function readBaseline(path: string): Promise<Baseline> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(unreadable(path, error)));
  const value = parsed(path, text);
  const result = baselineSchema.safeParse(value);
  if (result.success) return result.data.data.summaries;
  const [first] = mistakesIn(baselineSchema, value);
  throw noBaseline(path, `${fieldName(first?.path ?? [])} ${first?.message}`.trim());
}

/**
 * In words, what is worse beyond what chance explains: the two intervals, of 95 % confidence each, do not meet. How far an
 * outage can be the instrument's own is taken off. Pure.
 */
export function regressions(now: readonly ScenarioSummary[], before: Baseline): readonly string[] {
  return now.flatMap((summary) => {
    const earlier = before.find(({ scenario }) => scenario === summary.scenario);
    return earlier === undefined ? [] : worse(summary, earlier).map((what) => `${summary.scenario}: ${what}`);
  });
}

/** In words, what could not be compared, so that nothing is known of it. Pure. */
export function notCompared(now: readonly ScenarioSummary[], before: Baseline): readonly string[] {
  return now.flatMap((summary) => {
    const { scenario, clients = [] } = summary;
    const earlier = before.find((one) => one.scenario === scenario);
    if (earlier === undefined) return [`${scenario}: the baseline has no runs of it`];
    const ofClients = clients.flatMap((client) => {
      const its = earlier.clients?.find(({ name }) => name === client.name);
      return its === undefined
        ? [`${scenario}: ${client.name}: the baseline has no runs of it`]
        : withoutInterval(`${scenario}: ${client.name}`, client, its);
    });
    return [...withoutInterval(scenario, summary, earlier), ...ofClients];
  });
}

function withoutInterval(what: string, now: Pick<ScenarioSummary, 'outage'>, before: Writes): readonly string[] {
  const hasBoth = now.outage?.medianIntervalMs != null && before.outage?.medianIntervalMs != null;
  return hasBoth ? [] : [`${what}: an interval of the outage takes 6 runs in which it was over, then and now`];
}

function worse(now: ScenarioSummary, before: Baseline[number]): readonly string[] {
  const fails = oftener('fails', failShare(now.passShare), failShare(before.passShare));
  const ofClients = (now.clients ?? []).flatMap((client) => {
    const earlier = before.clients?.find(({ name }) => name === client.name);
    return earlier === undefined ? [] : worseWrites(client, earlier).map((what) => `${client.name}: ${what}`);
  });
  return [...(fails === undefined ? [] : [fails]), ...worseWrites(now, before), ...ofClients];
}

/** What a baseline has of a writer, stackctl's own or a client. */
type Writes = Pick<z.infer<typeof baselineSchema>['data']['summaries'][number], 'outage' | 'lossShare'>;

function worseWrites(now: Pick<ScenarioSummary, 'outage' | 'lossShare'>, before: Writes): readonly string[] {
  const said = [slower(now, before), oftener('loses writes', now.lossShare, before.lossShare)];
  return said.filter((what) => what !== undefined);
}

function slower({ outage: now }: Pick<ScenarioSummary, 'outage'>, { outage: before }: Writes): string | undefined {
  const [later, earlier] = [now?.medianIntervalMs, before?.medianIntervalMs];
  if (now === null || later == null || earlier == null) return undefined;
  if (later.low - now.resolutionMs <= earlier.high) return undefined;
  return `the median outage was between ${Math.round(earlier.low)} and ${Math.round(earlier.high)} ms in the baseline, and is between ${Math.round(later.low)} and ${Math.round(later.high)} ms (± ${Math.ceil(now.resolutionMs)} ms) now`;
}

function failShare(passes: Interval | null): Interval | null {
  return passes && { low: 1 - passes.high, high: 1 - passes.low };
}

function oftener(does: string, now: Interval | null, before: Interval | null): string | undefined {
  if (now === null || before === null || now.low <= before.high) return undefined;
  const share = ({ low, high }: Interval): string => `${Math.round(low * 100)} to ${Math.round(high * 100)} %`;
  return `it ${does} in ${share(now)} of all runs, and in ${share(before)} in the baseline`;
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw noBaseline(path, 'it is not JSON');
  }
}

function noBaseline(path: string, why: string): StackctlError {
  return new StackctlError('E_USAGE', `${path} is no baseline: ${why}`, {
    hint: 'Make one with: stackctl failover-test --repeat 20 --json > baseline.json',
    details: { path },
  });
}
