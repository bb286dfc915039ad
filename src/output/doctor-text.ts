import type { DoctorResult } from '../doctor/doctor.ts';
import type { Check } from '../doctor/facts.ts';
import { paint, type Tone } from './paint.ts';
import { padEnd, widthOf } from './width.ts';

/** One line per check, below it the command that fixes it, and the verdict at the end. */
export function doctorText({ checks, verdict }: DoctorResult): string {
  const area = Math.max(...checks.map((check) => widthOf(check.area)));
  const lines = checks.flatMap((check) => [line(check, area), ...fixLine(check, area)]);
  return [...lines, '', `verdict: ${word(verdict)} (${counts(checks)})`].join('\n');
}

const TONES: Readonly<Record<Check['verdict'], Tone>> = { ok: 'green', warn: 'yellow', fail: 'red' };

function line({ verdict, area, fact }: Check, width: number): string {
  const indent = ' '.repeat(4 + 2 + width + 2);
  return `${padEnd(word(verdict), 4)}  ${padEnd(area, width)}  ${fact.replaceAll('\n', `\n${indent}`)}`;
}

function fixLine({ fix }: Check, width: number): readonly string[] {
  return fix === null ? [] : [`${' '.repeat(4 + 2 + width + 2)}${paint('bold', 'fix:')} ${fix}`];
}

function counts(checks: readonly Check[]): string {
  const count = (wanted: Check['verdict']): number => checks.filter(({ verdict }) => verdict === wanted).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`;
}

function word(verdict: Check['verdict']): string {
  return paint(TONES[verdict], verdict);
}
