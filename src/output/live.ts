import { once } from 'node:events';
import { createWritable, Listr, ListrLogger, ListrTaskState, ProcessOutput } from 'listr2';
import type { Emit, Progress, ProgressEvent } from '../lib/events.ts';
import { paint, safeLine, safeText } from './paint.ts';

type Step = Extract<ProgressEvent, { type: 'step' }>;
type List = ReturnType<typeof newList>;
type Task = List['tasks'][number];

/**
 * A list that redraws itself on a terminal. listr2 is a renderer here: its tasks run nothing, their states are set from
 * the events. Notes and warnings that arrive meanwhile are printed below the list, by `plain`, when it closes.
 */
export async function openLiveList(stderr: NodeJS.WriteStream, plain: Progress): Promise<Progress> {
  const closing = new AbortController();
  const running = new AbortController();
  const list = newList(stderr, async () => {
    running.abort();
    await once(closing.signal, 'abort');
  });
  const ended = list.run();
  // A task that is added earlier would be run by the list, and be done at once.
  await once(running.signal, 'abort');
  const tasks = new Map<string, Task>();
  const later: ProgressEvent[] = [];
  const emit: Emit = (event) => {
    if (event.type === 'step') show(taskOf(event, list, tasks), event);
    else later.push(event);
  };
  const close = async () => {
    for (const task of tasks.values()) if (task.isStarted()) leave(task);
    closing.abort();
    await ended;
    for (const event of later) plain.emit(event);
  };
  return { emit, close };
}

/** listr2 draws on its "stdout" and watches a second stream. Both are set here, so that it draws on stderr only. */
function newList(stderr: NodeJS.WriteStream, untilClosed: () => Promise<void>) {
  const processOutput = new ProcessOutput(stderr, createWritable(() => undefined) as NodeJS.WriteStream);
  return new Listr<unknown, 'default', 'silent'>([{ task: untilClosed }], {
    concurrent: true,
    exitOnError: false,
    registerSignalListeners: false,
    renderer: 'default',
    fallbackRenderer: 'silent',
    fallbackRendererCondition: false,
    rendererOptions: {
      logger: new ListrLogger({ useIcons: true, processOutput, toStderr: [] }),
      collapseErrors: false,
      collapseSkips: false,
      formatOutput: 'truncate',
    },
  });
}

function taskOf(step: Step, list: List, tasks: Map<string, Task>): Task {
  const known = tasks.get(step.id);
  if (known !== undefined) return known;
  list.add({ title: safeLine(step.title), task: () => undefined });
  const added = list.tasks[list.tasks.length - 1];
  if (added === undefined) throw new Error('listr2 added no task');
  tasks.set(step.id, added);
  void added.check(undefined);
  return added;
}

const STATES = {
  start: ListrTaskState.STARTED,
  progress: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  skipped: ListrTaskState.SKIPPED,
} as const;

function show(task: Task, { state, title, detail }: Step): void {
  const why = detail === undefined ? undefined : safeText(detail);
  if (why !== undefined && state === 'progress') task.output$ = why;
  else task.title$ = why === undefined ? safeLine(title) : `${safeLine(title)} ${paint('dim', why)}`;
  if (task.state !== STATES[state]) task.state$ = STATES[state];
}

/** The command ended, by an error or a signal, without a word about this step. */
function leave(task: Task): void {
  task.title$ = `${task.initialTitle} ${paint('dim', 'not finished')}`;
  task.state$ = ListrTaskState.FAILED;
}
