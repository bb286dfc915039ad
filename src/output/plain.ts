import type { ProgressEvent } from '../lib/events.ts';
import { paint } from './paint.ts';

const STATE_WORDS = { done: 'ok', skipped: 'skipped' } as const;

/**
 * One line per change of state, for pipes, CI and logs. Undefined for what changes nothing: progress inside a step.
 */
export function plainLine(event: ProgressEvent): string | undefined {
  if (event.type === 'note' || event.type === 'tick' || event.type === 'stopping') return event.text;
  if (event.type === 'warning') return `${paint('yellow', 'warning:')} ${event.text}`;
  if (event.state === 'progress') return undefined;
  const why = event.detail ?? '';
  if (event.state === 'start') return `${event.title} ...${why === '' ? '' : ` (${why})`}`;
  const state = event.state === 'failed' ? paint('red', 'failed') : STATE_WORDS[event.state];
  return `${event.title} ${state}${why === '' ? '' : `: ${why}`}`;
}
