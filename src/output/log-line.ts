import type { LogLine } from '../stack/runtime.ts';
import { paint } from './paint.ts';

/** `redis-1    | text`: the server's own text keeps its own time stamp. */
export function logLine({ instance, text }: LogLine, width: number): string {
  return `${paint('cyan', instance.padEnd(width))} | ${text}`;
}
