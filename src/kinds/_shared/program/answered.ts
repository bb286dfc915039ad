/** What an answer to a check says, as a reason that anybody may read. */
import type { HttpResponse } from '../../../clients/http/exchange.ts';
import { toldIn } from '../../../clients/http/told.ts';
import { escapeControls } from '../../../lib/escape-controls.ts';
import type { Stack } from '../../../stack/contract/model.ts';
import { shownLog } from '../../../stack/derived/shown-log.ts';

/** Characters of what is told; longer texts are cut. */
const LONGEST = 200;

/** An answer to `GET path` that was not the one that was wanted: its status, and what its body says. */
export function answered(path: string, { status, text }: HttpResponse, stack: Stack): string {
  const said = safeToShow(toldIn(text).message, stack);
  return `GET ${path} answered ${status}${said === '' ? '' : `: ${said}`}`;
}

/** Text of a program in one line: without the secrets of the stack, then cut, so that no part of one stays. */
export function safeToShow(text: string, stack: Stack): string {
  return shownLog([text], stack)
    .map((line) => escapeControls(line.slice(0, LONGEST)).slice(0, LONGEST))
    .join('');
}
