/** Reads views of services, and goes on past those that fail. */
import { errorText, StackctlError } from '../errors.ts';
import { type Emit, step } from '../lib/events.ts';
import { deadline, isTimeout } from '../lib/poll.ts';
import type { InspectCell, InspectView } from '../stack/contract/inspect.ts';
import type { Instance, Service, Stack } from '../stack/contract/model.ts';
import { didYouMean, suggest } from '../stack/source/suggest.ts';

export interface ViewReport {
  readonly view: string;
  readonly summary: string;
  readonly status: 'ok' | 'failed';
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, InspectCell>>[];
  readonly notes: readonly string[];
  /** Why it failed. */
  readonly error: string | null;
}

export interface ServiceReport {
  readonly service: string;
  readonly kind: string;
  readonly views: readonly ViewReport[];
}

export interface InspectReport {
  readonly project: string;
  readonly services: readonly ServiceReport[];
  readonly failed: number;
}

export interface InspectInput {
  readonly stack: Stack;
  /** Services to inspect, each with the instances to inspect. */
  readonly services: readonly Service[];
  /** Names of instances that are there; at the address of a stopped one another program's server may answer. */
  readonly present: ReadonlySet<string>;
  /** Undefined: all. */
  readonly view: string | undefined;
  /** For each view, in milliseconds. */
  readonly timeoutMs: number;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** @throws E_VIEW_NOT_FOUND when none of the services has such a view, or any view at all. */
export async function inspect(input: InspectInput): Promise<InspectReport> {
  const chosen = chooseViews(input);
  const services = await Promise.all(
    chosen.map(async ({ service, views }): Promise<ServiceReport> => {
      const reports: ViewReport[] = [];
      // One after the other: looking at a server must not be a load on it.
      for (const view of views) reports.push(await readView(input, service, view));
      return { service: service.name, kind: service.kind.name, views: reports };
    }),
  );
  const broken = services.flatMap(({ views }) => views).filter(({ status }) => status === 'failed').length;
  return { project: input.stack.project.name, services, failed: broken };
}

interface Chosen {
  readonly service: Service;
  readonly views: readonly InspectView[];
}

function chooseViews({ services, view }: InspectInput): readonly Chosen[] {
  const all = services.map((service): Chosen => ({ service, views: service.kind.inspector?.views ?? [] }));
  const chosen = all
    .map(({ service, views }) => ({ service, views: views.filter(({ name }) => view === undefined || name === view) }))
    .filter(({ views }) => views.length > 0);
  if (chosen.length > 0) return chosen;
  const names = services.map(({ name }) => name).join(', ');
  const known = [...new Set(all.flatMap(({ views }) => views.map(({ name }) => name)))];
  if (view === undefined || known.length === 0) {
    const [only] = services;
    throw new StackctlError('E_VIEW_NOT_FOUND', `${names} has no views`, {
      hint: services.length === 1 && only !== undefined ? `stackctl logs ${only.name}` : 'stackctl status',
      details: { services: services.map(({ name }) => name) },
    });
  }
  const near = suggest(view, known);
  throw new StackctlError('E_VIEW_NOT_FOUND', `${names} has no view "${view}"${didYouMean(near)}`, {
    hint: `It has: ${known.join(', ')}.`,
    details: { known },
  });
}

async function readView(input: InspectInput, service: Service, view: InspectView): Promise<ViewReport> {
  const { stack, timeoutMs, emit, signal } = input;
  const { name } = view;
  const absent = service.instances.filter((instance) => !input.present.has(instance.name));
  const instances = service.instances.filter((instance) => input.present.has(instance.name));
  if (instances.length === 0) return failed(view, `${absent.map((one) => one.name).join(', ')}: not running`);
  return step(
    emit,
    { id: `inspect:${service.name}:${name}`, title: `${service.name} ${name}` },
    async () => {
      try {
        const result = await view.read({ stack, service: { ...service, instances } }, deadline(timeoutMs, signal));
        return reportOf(view, result, absent);
      } catch (error) {
        signal.throwIfAborted();
        return failed(view, isTimeout(error) ? `no answer within ${timeoutMs} ms` : errorText(error));
      }
    },
    ({ error }) => (error === null ? { state: 'done' } : { state: 'failed', detail: error }),
  );
}

function reportOf(
  { name, summary }: InspectView,
  { columns, rows, notes = [] }: Awaited<ReturnType<InspectView['read']>>,
  absent: readonly Instance[],
): ViewReport {
  return {
    view: name,
    summary,
    status: 'ok',
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]))),
    notes: [...notes, ...absent.map((one) => `${one.name} is not running`)],
    error: null,
  };
}

function failed({ name, summary }: InspectView, error: string): ViewReport {
  return { view: name, summary, status: 'failed', columns: [], rows: [], notes: [], error };
}
