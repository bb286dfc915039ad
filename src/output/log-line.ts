import type { LogLine } from '../stack/contract/runtime-options.ts';
import { paint, safeLine } from './paint.ts';
import { padEnd } from './width.ts';

/** `redis-1    | text`: the server's own text as it wrote it, its time stamp and colours included. */
export function logLine({ instance, text }: LogLine, width: number): string {
  return `${paint('cyan', padEnd(safeLine(instance), width))} | ${text}`;
}
