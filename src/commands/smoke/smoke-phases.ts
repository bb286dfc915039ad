/** What a smoke check goes through. */
import type { FailoverReport } from '../../failover/failover-test.ts';
import { counted } from '../../lib/counted.ts';
import { defined } from '../../lib/defined.ts';
import type { StatusView } from '../../lifecycle/status.ts';
import type { MigrateStatus } from '../../migrate/report.ts';
import { refusalLines } from '../../output/traffic-refusals.ts';
import type { Phase } from '../../smoke/phases.ts';
import { failed, ofVerb, type PhaseResult, skipped, together } from '../../smoke/results.ts';
import { profilesOf } from '../../traffic/load-profile.ts';
import { trafficFailure } from '../seed/send-traffic.ts';
import { endsWithoutTrace } from './end.ts';
import { foundText } from './found-text.ts';
import { type Held, heldOf, keepsData } from './keeps-data.ts';
import type { SmokeProject } from './own-project.ts';
import { restartsUnderTraffic } from './restarts.ts';
import { runVerb } from './run-verb.ts';
import { sendProfile } from './send.ts';

/** What the phases tell each other. */
interface Notes {
  /** What the stores held of the runs of `traffic` right behind it. */
  held: readonly Held[];
}

export function phasesOf(project: SmokeProject, { keep }: { readonly keep: boolean }): readonly Phase[] {
  const notes: Notes = { held: [] };
  return [
    { name: 'up', title: 'start everything and wait until it is ready', isFirst: true, run: () => up(project) },
    { name: 'health', title: 'ask every instance', run: () => health(project) },
    { name: 'migrate', title: 'nothing pending, nothing invalid', run: () => migrate(project) },
    { name: 'traffic', title: 'send events and read them back', run: () => traffic(project, notes) },
    { name: 'failover', title: 'kill the master under load', run: () => failover(project) },
    { name: 'restart', title: 'restart everything under traffic', run: () => restartsUnderTraffic(project) },
    { name: 'again', title: 'down and up: the data is still there', run: () => keepsData(project, notes.held) },
    {
      name: 'down',
      title: 'end it: nothing is left',
      isLast: true,
      run: () => (keep ? kept(project) : endsWithoutTrace(project)),
    },
  ];
}

async function up(project: SmokeProject): Promise<PhaseResult> {
  return ofVerb(
    await runVerb(project, ['up', '--ports', 'auto']),
    (view: StatusView) => `${counted(view.instances.length, 'instance')} ready`,
  );
}

async function health(project: SmokeProject): Promise<PhaseResult> {
  return ofVerb(await runVerb(project, ['health']), (view: StatusView) => {
    return `${view.instances.filter((one) => one.health === 'healthy').length} of ${view.instances.length} healthy`;
  });
}

interface Migrated {
  readonly services: readonly Pick<MigrateStatus, 'applied' | 'olderApplied' | 'unavailable'>[];
  readonly declared: readonly { readonly items: readonly unknown[] }[];
}

async function migrate(project: SmokeProject): Promise<PhaseResult> {
  const { migrations, services } = project.stack;
  if (migrations.length === 0 && services.every(({ kind }) => kind.declared === undefined))
    return skipped('the stack has no migrations');
  const status = ofVerb(await runVerb(project, ['migrate', 'status', '--check']), (data: Migrated) => {
    const files = data.services.reduce((sum, { applied, olderApplied = 0 }) => sum + applied.length + olderApplied, 0);
    const left = data.services.reduce((sum, { unavailable }) => sum + unavailable.length, 0);
    const items = data.declared.reduce((sum, one) => sum + one.items.length, 0);
    return [
      ...(data.services.length === 0 ? [] : [`${counted(files, 'migration')} applied, none pending`]),
      ...(left === 0 ? [] : [`${left} left out, which this server lacks something for`]),
      ...(items === 0 ? [] : [`${counted(items, 'topic')} as declared`]),
    ].join('; ');
  });
  if (status.verdict !== 'pass' || migrations.length === 0) return status;
  const verified = ofVerb(await runVerb(project, ['migrate', 'verify']), () => `${status.seen}; valid`);
  return { ...verified, data: { status: status.data, verify: verified.data } };
}

async function traffic(project: SmokeProject, notes: Notes): Promise<PhaseResult> {
  const names = await profilesOf(project.stack);
  if (names.length === 0) return skipped('the stack has no traffic profile');
  const results: PhaseResult[] = [];
  const runs = new Map<string, string>();
  for (const name of names) {
    project.context.signal.throwIfAborted();
    results.push(await sent(project, name, runs));
  }
  notes.held = await heldOf(project, runs);
  return together(results);
}

async function sent(project: SmokeProject, name: string, runs: Map<string, string>): Promise<PhaseResult> {
  try {
    const report = await sendProfile(project, name, { seed: 1 });
    runs.set(name, report.run);
    const failure = trafficFailure(report, project.context.signal);
    const of = ofVerb({ data: report, ...defined({ failure }) }, () => {
      return `${name}: ${report.acked} of ${report.asked} acked, ${foundText(report)}`;
    });
    const warnings = refusalLines(report).map((line) => `${name}: ${line}`);
    const reasons = of.reasons.map((reason) => `${name}: ${reason}`);
    return { ...of, reasons, ...(warnings.length > 0 && { warnings }) };
  } catch (error) {
    const { reasons, ...rest } = failed(error);
    return { ...rest, reasons: reasons.map((reason) => `${name}: ${reason}`) };
  }
}

async function failover(project: SmokeProject): Promise<PhaseResult> {
  if (project.stack.services.every(({ kind }) => kind.failover === undefined))
    return skipped('nothing in the stack fails over');
  return ofVerb(await runVerb(project, ['failover-test']), ({ runs }: FailoverReport) =>
    runs
      .map(({ scenario, outageMs, lost, acked }) => {
        const outage = outageMs === null ? 'no outage measured' : `outage ${outageMs} ms`;
        return `${scenario}: ${outage}, ${lost} of ${acked} acked writes lost`;
      })
      .join('; '),
  );
}

async function kept({ name }: SmokeProject): Promise<PhaseResult> {
  return skipped(`--keep: it is up. To end it: stackctl clean --project ${name}`);
}
