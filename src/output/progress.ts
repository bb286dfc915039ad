import type { Writable } from 'node:stream';
import type { Emit, Progress } from '../lib/events.ts';
import { shade } from './outcome.ts';
import { plainLine } from './plain.ts';

export interface ProgressInput {
  readonly stderr: Writable;
  readonly colour: boolean;
  /** A terminal that can redraw lines, no CI, no `--json`. */
  readonly live: boolean;
  /** `--json`: figures are for programs too. */
  readonly json: boolean;
}

/** Shows progress events on stderr: a live list, loaded with its first step, or plain lines. */
export function openProgress(input: ProgressInput): Progress {
  const plain = plainProgress(input);
  return input.live ? liveProgress(input.stderr as NodeJS.WriteStream, plain) : plain;
}

function plainProgress({ stderr, colour, json }: ProgressInput): Progress {
  const emit: Emit = (event) => {
    if ((event.type === 'tick' || event.type === 'stopping') && json) {
      stderr.write(`${JSON.stringify({ type: event.type, ...event.figures })}\n`);
      return;
    }
    const line = plainLine(event);
    if (line !== undefined) stderr.write(`${shade(line, colour)}\n`);
  };
  return { emit, close: async () => undefined };
}

/** What comes before the first step is plain. Later events are chained: the list is loaded while they arrive. */
function liveProgress(stderr: NodeJS.WriteStream, plain: Progress): Progress {
  let list: Promise<Progress> | undefined;
  let shown: Promise<void> = Promise.resolve();
  const emit: Emit = (event) => {
    if (event.type === 'tick' || event.type === 'stopping') return; // the step shows it
    if (list === undefined && event.type !== 'step') return plain.emit(event);
    list ??= import('./live.ts').then(({ openLiveList }) => openLiveList(stderr, plain));
    const opened = list;
    shown = shown.then(async () => (await opened).emit(event));
  };
  const close = async () => {
    const opened = list;
    list = undefined;
    await shown;
    await (await opened)?.close();
  };
  return { emit, close };
}
