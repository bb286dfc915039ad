import { StackctlError } from '../../errors.ts';
import { openRecording, type RecordingInput } from './open-recording.ts';
import { hasInstants, type RecordedItem, type RecordingFormat } from './recorded-item.ts';
import { STANDARD_INPUT } from './recording-chunks.ts';
import { createTally, type LeftOut } from './tally.ts';
import { createTimeline, type TimelineFigures, type TimelineRules } from './timeline.ts';

export interface ReplayRules extends TimelineRules {
  /** Again and again, until the reader stops. */
  readonly loop: boolean;
}

export interface DueItem {
  /** Place in the replay, from 0. */
  readonly sequence: number;
  /** Milliseconds after the start of the replay; never less than that of the item before; undefined: the format has no instants. */
  readonly dueMs: number | undefined;
  readonly item: RecordedItem;
}

/** What was read so far, of all rounds. */
export interface ReadingSummary extends TimelineFigures {
  /** Undefined: it was not opened yet. */
  readonly format: RecordingFormat | undefined;
  /** How often the recording was begun. */
  readonly rounds: number;
  /** What was read and is no item of the replay, by its reason. */
  readonly leftOut: readonly LeftOut[];
  /** Last lines that were cut off, at most one in each round. */
  readonly cutOffLines: number;
  /** Requests that were recorded with cookies or an authorization and are replayed without. */
  readonly withoutCredentials: number;
}

export interface ReplayReading {
  /**
   * In the order in which they are sent. Opens the recording with the first one, and closes it when its last one was read or the
   * reader stops.
   * @throws E_USAGE for rules that need instants where the format has none; what `openRecording` and reading its items throw.
   */
  readonly items: AsyncGenerator<DueItem>;
  summary(): ReadingSummary;
}

/** Reads a recording as it is to be replayed. @throws E_USAGE for a loop over standard input, which is there once. */
export function readReplay(input: RecordingInput, rules: ReplayRules): ReplayReading {
  if (rules.loop && input.path === STANDARD_INPUT) {
    throw new StackctlError('E_USAGE', 'standard input can be read once, so it cannot be replayed in a loop', {
      hint: 'Write it to a file first.',
    });
  }
  const tally = createTally();
  const timeline = createTimeline(rules);
  let format: RecordingFormat | undefined;
  let rounds = 0;

  async function* round(): AsyncGenerator<DueItem> {
    const recording = await openRecording(input, tally);
    try {
      format = recording.format;
      refuseWithoutInstants(format, rules);
      rounds += 1;
      for await (const item of recording.items) {
        const placement = timeline.place(item.atMs);
        if (placement.type === 'notSelected') tally.leaveOut('notSelected');
        else yield { sequence: timeline.figures.items - 1, dueMs: placement.dueMs, item };
      }
    } finally {
      await recording.close();
    }
  }

  async function* items(): AsyncGenerator<DueItem> {
    for (let before = -1; before < timeline.figures.items; timeline.nextRound()) {
      before = timeline.figures.items;
      yield* round();
      if (!rules.loop) return;
    }
  }

  const summary = (): ReadingSummary => {
    const { leftOut, cutOffLines, withoutCredentials } = tally;
    return { ...timeline.figures, format, rounds, leftOut, cutOffLines, withoutCredentials };
  };
  return { items: items(), summary };
}

function refuseWithoutInstants(format: RecordingFormat, { from, to, limitGapMs }: ReplayRules): void {
  if (hasInstants(format) || [from, to, limitGapMs].every((rule) => rule === undefined)) return;
  throw new StackctlError('E_USAGE', `a recording of ${format} has no instants to select or to shorten pauses by`, {
    hint: 'Leave --from, --to and --limit-gap out.',
  });
}
