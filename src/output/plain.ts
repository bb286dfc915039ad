import type { ProgressEvent } from '../lib/events.ts';
import { paint } from './paint.ts';

const STATE_WORDS = { start: '...', done: 'ok', failed: 'failed', skipped: 'skipped' } as const;

/**
 * One line per change of state, for pipes, CI and logs. Undefined for what changes nothing: progress inside a step.
 */
export function plainLine(event: ProgressEvent): string | undefined {
  if (event.type === 'note') return event.text;
  if (event.type === 'warning') return `${paint('yellow', 'warning:')} ${event.text}`;
  if (event.state === 'progress') return undefined;
  const word = STATE_WORDS[event.state];
  const state = event.state === 'failed' ? paint('red', word) : word;
  return `${event.title} ${state}${event.detail === undefined ? '' : ` (${event.detail})`}`;
}
