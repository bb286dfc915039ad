/** What an answer to a check says, as a reason that anybody may read. */
import type { HttpResponse } from '../../../clients/http/exchange.ts';
import { toldIn } from '../../../clients/http/told.ts';
import type { Stack } from '../../../stack/contract/model.ts';
import { shownText } from '../../../stack/derived/shown-log.ts';

/** An answer to `GET path` that was not the one that was wanted: its status, and what its body says. */
export function answered(path: string, { status, text }: HttpResponse, stack: Stack): string {
  const said = shownText(toldIn(text).message, stack);
  return `GET ${path} answered ${status}${said === '' ? '' : `: ${said}`}`;
}
