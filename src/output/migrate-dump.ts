import { counted } from '../lib/counted.ts';
import type { SchemaDump } from '../migrate/dump.ts';
import { paint } from './paint.ts';

/** A file that was written. */
export interface WrittenDump extends Pick<SchemaDump, 'service' | 'objects'> {
  /** As people see the path from here. */
  readonly shown: string;
}

/** A file that was compared with the schema. */
export interface CheckedDump extends Pick<SchemaDump, 'service'> {
  readonly path: string;
  readonly shown: string;
  readonly state: 'same' | 'missing' | 'different';
  /** Lines that differ: `-` in the file, `+` in the schema. */
  readonly diff: string;
}

export function dumpText(dumps: readonly WrittenDump[]): string {
  if (dumps.length === 0) return 'no migrations';
  return dumps
    .map(
      ({ service, objects, shown }) =>
        `${paint('green', 'wrote')} ${shown}: ${counted(objects, 'object')} of ${service}`,
    )
    .join('\n');
}

export function dumpCheckText(dumps: readonly CheckedDump[]): string {
  if (dumps.length === 0) return 'no migrations';
  return dumps
    .map(({ service, shown, state, diff }) => {
      if (state === 'same') return `${paint('green', 'same')} ${shown} is the schema of ${service}`;
      if (state === 'missing') return `${paint('red', 'missing')} ${shown}`;
      return `${paint('red', 'different')} ${shown}: - is what it says, + what ${service} has\n${diff}`;
    })
    .join('\n');
}
