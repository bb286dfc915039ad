import type { RecordedExchange } from './recorded-exchange.ts';

/**
 * A target of vegeta in JSON, without instant and answer: https://github.com/tsenart/vegeta, `lib/target.schema.json`. Undefined
 * for a request whose body was not recorded: it would be sent as another one. Pure.
 */
export function vegetaTarget({ request }: RecordedExchange): string | undefined {
  const { method, host, target, headers, body } = request;
  if (body === undefined) return undefined;
  const header: Record<string, string[]> = {};
  for (const [name, value] of headers)
    header[name] = [...(Object.hasOwn(header, name) ? (header[name] ?? []) : []), value];
  const url = target.startsWith('/') ? `http://${host}${target}` : target;
  return JSON.stringify({ method, url, header, ...(body.length > 0 && { body: body.toString('base64') }) });
}
