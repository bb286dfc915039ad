/** One request to the event API. */
import type { Endpoint } from 'stackctl/service-kit';
import type { SdkEvent } from './event.ts';

export interface PostOptions {
  /** Where batches are posted. */
  readonly endpoint: Endpoint;
  /** Milliseconds for one attempt. */
  readonly timeoutMs: number;
}

export type Outcome =
  | { readonly type: 'sent' }
  /** `index`: of the one event that is refused, where the API names it. */
  | { readonly type: 'refused'; readonly reason: string; readonly index: number | undefined }
  | { readonly type: 'too large'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string };

/** One attempt. Only a 4xx other than 408 and 429 says that another one is of no use. */
export async function post(
  { endpoint, timeoutMs }: PostOptions,
  batch: readonly SdkEvent[],
  stop: AbortSignal,
): Promise<Outcome> {
  try {
    const { status, text } = await endpoint.ask({
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(batch),
      timeoutMs,
      signal: stop,
    });
    if (status >= 200 && status <= 299) return { type: 'sent' };
    const reason = `HTTP ${status}: ${messageOf(text)}`;
    const again = status >= 500 || status === 408 || status === 429;
    if (again) return { type: 'failed', reason };
    return status === 413 ? { type: 'too large', reason } : { type: 'refused', reason, index: indexIn(text) };
  } catch (error) {
    // Of several addresses that were tried in vain only the code is told.
    const { message, code } = error as NodeJS.ErrnoException;
    return { type: 'failed', reason: message || (code ?? 'no answer') };
  }
}

/** `{"error": {"message"}}` as the API answers, or whatever it is, cut short. */
function messageOf(text: string): string {
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(text)?.[1];
  return (message ?? text).slice(0, 200);
}

/** Which event of the batch is meant: `{"error": {"field": "[3].timestamp"}}` is the fourth. */
function indexIn(text: string): number | undefined {
  const index = /"field":"\[(\d{1,9})\]/.exec(text)?.[1];
  return index === undefined ? undefined : Number(index);
}
