import { errorText, StackctlError } from '../errors.ts';
import { defined } from './defined.ts';

/**
 * What a feature reports while it works. Renderers in `output/` turn these into a live list, plain lines or NDJSON;
 * features never print.
 */
export type ProgressEvent =
  /** One line about the whole run, e.g. which runtime was chosen and why. */
  | { readonly type: 'note'; readonly text: string }
  /** Something that the user should know and that does not stop the run. Also collected into the envelope. */
  | { readonly type: 'warning'; readonly text: string }
  /** How far a long step is, every few seconds, for logs and programs; a terminal sees the step's own progress. */
  | { readonly type: 'tick'; readonly text: string; readonly figures: Figures }
  /** An interrupt was heard, and what is on its way is waited for. As a tick: a terminal sees it in the step. */
  | { readonly type: 'stopping'; readonly text: string; readonly figures: Figures }
  /** A step starts (`start`), says how far it is (`progress`), and ends (`done`, `failed`, `skipped`). */
  | {
      readonly type: 'step';
      /** Stable within a run, e.g. `start:redis-1`. */
      readonly id: string;
      readonly title: string;
      readonly state: 'start' | 'progress' | 'done' | 'failed' | 'skipped';
      /** Why the step is taken, or why it failed; for `progress`, what it is waiting for. */
      readonly detail?: string;
    };

/** Null: not measured. */
export interface Figures {
  readonly [name: string]: number | string | null | readonly Figures[];
}

export type Emit = (event: ProgressEvent) => void;

/** Where the events of a run are shown. */
export interface Progress {
  readonly emit: Emit;
  /**
   * Shows what is still held back and gives the terminal back. To be called before anything else is printed; a later
   * event opens a new list.
   */
  close(): Promise<void>;
}

type StepEvent = Extract<ProgressEvent, { type: 'step' }>;

/** A step before it is taken. */
export interface Step {
  /** Stable within a run, e.g. `heal:redis-1`. */
  readonly id: string;
  readonly title: string;
  /** Why it is taken. */
  readonly detail?: string;
}

/** How a step ended that did not throw. */
export interface StepEnd {
  readonly state: 'done' | 'failed' | 'skipped';
  readonly detail?: string;
}

/**
 * Takes a step: `start`, then `done`, or `failed` with the first line of what `work` throws, an interrupt included. It
 * may say how far it is by calling what it is given.
 * @param end how the step ended, for work that does not throw what goes wrong.
 * @throws what `work` throws.
 */
export async function step<T>(
  emit: Emit,
  { id, title, detail }: Step,
  work: (progress: (detail: string) => void) => Promise<T>,
  end: (result: T) => StepEnd = () => ({ state: 'done' }),
): Promise<T> {
  const say = (event: Pick<StepEvent, 'state' | 'detail'>): void => emit({ type: 'step', id, title, ...event });
  say({ state: 'start', ...defined({ detail }) });
  try {
    const result = await work((text) => say({ state: 'progress', detail: text }));
    say(end(result));
    return result;
  } catch (error) {
    say({ state: 'failed', detail: firstLine(error) });
    throw error;
  }
}

export type StepReporter = (event: Omit<StepEvent, 'type'>) => void;

/**
 * Several steps that are under way at the same time: those that have begun and not ended say `failed` when `work` throws,
 * with what they were waiting for, unless it was an interrupt.
 * @throws what `work` throws.
 */
export async function steps<T>(emit: Emit, work: (report: StepReporter) => Promise<T>): Promise<T> {
  const open = new Map<string, Omit<StepEvent, 'type'>>();
  const report: StepReporter = (event) => {
    if (event.state === 'start' || event.state === 'progress') open.set(event.id, event);
    else open.delete(event.id);
    emit({ type: 'step', ...event });
  };
  try {
    return await work(report);
  } catch (error) {
    for (const { id, title, state, detail } of open.values()) {
      const waitedFor = state === 'progress' && !isInterrupt(error) ? detail : undefined;
      emit({ type: 'step', id, title, state: 'failed', detail: waitedFor || firstLine(error) });
    }
    throw error;
  }
}

function isInterrupt(error: unknown): boolean {
  return error instanceof StackctlError && (error.code === 'E_INTERRUPTED' || error.code === 'E_TERMINATED');
}

function firstLine(error: unknown): string {
  const text = errorText(error);
  return text.split('\n')[0]?.replace(/:$/, '') ?? '';
}
