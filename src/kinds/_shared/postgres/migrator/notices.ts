import type { Client } from 'pg';
import { noticeOf } from '../../../../clients/postgres/failure.ts';

/** Of one kind, such as what each statement of a long list of DROP … IF EXISTS has not found. */
const SHOWN = 3;
const WARNINGS_SHOWN = 10;
const LONGEST = 300;

export interface Notices {
  /** Where what follows comes from, e.g. `line 3`. */
  at(place: string): void;
  /** Stops, and says how many were not shown. */
  end(): void;
}

/** Hands on what the server says while a file runs, one line each; of many of one kind the first ones and a count. */
export function hearNotices(client: Client, onNotice: ((notice: string) => void) | undefined): Notices {
  if (onNotice === undefined) return { at: () => undefined, end: () => undefined };
  const kinds = new Map<string, { count: number; readonly shown: number; readonly severity: string }>();
  let place = '';
  const hear = (message: unknown): void => {
    const notice = noticeOf(message);
    if (notice === undefined) return;
    const { severity, sqlstate, routine } = notice;
    // A success class (00) has many kinds: the server's own function tells them apart in every language.
    const key = [severity, sqlstate, routine].join(' ');
    const kind = kinds.get(key) ?? { count: 0, shown: sqlstate.startsWith('01') ? WARNINGS_SHOWN : SHOWN, severity };
    kinds.set(key, { ...kind, count: kind.count + 1 });
    if (kind.count < kind.shown) onNotice(noticeText(notice, place));
  };
  client.on('notice', hear);
  return {
    at: (text) => {
      place = text;
    },
    end: () => {
      client.removeListener('notice', hear);
      for (const { count, shown, severity } of kinds.values())
        if (count > shown) onNotice(`${severity}: ${count - shown} more of this kind`);
    },
  };
}

function noticeText(
  {
    severity,
    sqlstate,
    message,
    detail,
  }: { severity: string; sqlstate: string; message: string; detail?: string | undefined },
  place: string,
): string {
  const text = [message, ...(detail === undefined ? [] : [detail])].join(' ').replace(/\s+/g, ' ').trim();
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const about = [...(sqlstate === '00000' ? [] : [sqlstate]), ...(place === '' ? [] : [place])].join(', ');
  return `${severity}: ${cut}${about === '' ? '' : ` (${about})`}`;
}
