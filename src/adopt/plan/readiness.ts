/** What a health check of a Compose file means as `readiness:`. Pure. */

/** Whether a service is asked over HTTP, by a program inside it, or in the way of its kind. */
export type PlannedReadiness =
  | { readonly type: 'http'; readonly port: string; readonly path: string }
  | { readonly type: 'exec'; readonly command: readonly string[] };

const FLAGS = String.raw`(?:-[^\s]+(?:\s+(?:\/dev\/null|-|\d+(?:\.\d+)?))?\s+)*`;
const PLACE = String.raw`(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\d+))?(\/[^\s"'|;&>]*)?`;
const BEHIND = String.raw`(?:\s+-[^\s]+|\s*>\s*\/dev\/null|\s*2>&1|\s*&>\s*\/dev\/null)*(?:\s*\|\|\s*(?:exit|kill|false)[\w$ -]*)?`;
/** A call of curl or wget that does nothing but look at the status: its output is not read. */
const HTTP_CALL = new RegExp(`^(?:curl|wget)\\s+${FLAGS}["']?${PLACE}["']?${BEHIND}$`);

/** @param ports number inside -> name. */
export function readinessOf(
  test: readonly string[] | undefined,
  ports: ReadonlyMap<number, string>,
): PlannedReadiness | undefined {
  const [how, ...words] = test ?? [];
  if (how === undefined || how === 'NONE' || words.length === 0) return undefined;
  const call = HTTP_CALL.exec(words.join(' ').trim());
  const port = call === null ? undefined : ports.get(Number(call[1] ?? 80));
  if (call !== null && port !== undefined) return { type: 'http', port, path: call[2] ?? '/' };
  if (how === 'CMD-SHELL') return { type: 'exec', command: ['/bin/sh', '-c', words.join(' ')] };
  return { type: 'exec', command: how === 'CMD' ? words : [how, ...words] };
}
