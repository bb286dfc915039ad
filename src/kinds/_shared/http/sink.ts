import { type BulkHttp, type BulkResponse, type OwnRequest, openBulkHttp } from '../../../clients/http/bulk.ts';
import type { ServiceInput } from '../../../stack/contract/model.ts';
import type { SendOutcome, TrafficRun, TrafficSink } from '../../../stack/contract/traffic.ts';
import { jsonOf, type TrafficEvent } from '../../../stack/contract/traffic-event.ts';
import { type HitOf, hitReader } from './hits.ts';
import { httpAddress } from './http-address.ts';
import { ofFailure, ofResponse } from './outcome.ts';
import { type CompiledRequest, compileRequest } from './request.ts';
import { hasBody, type SinkSettings } from './settings.ts';

/** An application that holds up its answer for longer is of no use to anybody. */
const TIMEOUT_MS = 5000;

interface Opened {
  readonly client: BulkHttp;
  readonly settings: SinkSettings;
  readonly request: CompiledRequest;
  readonly hitOf: HitOf | undefined;
}

/** Events as requests: one for each, or a list of them in one. */
export function openSink(input: ServiceInput, settings: SinkSettings, { drawn = [] }: TrafficRun): TrafficSink {
  const { method, hit } = settings;
  const request = compileRequest(settings, drawn);
  const saysType = Object.keys(settings.headers).some((name) => name.toLowerCase() === 'content-type');
  const type = hasBody(settings) && !saysType ? { 'content-type': 'application/json' } : {};
  const headers = { ...type, ...request.headers };
  const wanted = hit !== undefined && 'header' in hit ? hit.header : undefined;
  const common = { method, path: request.path ?? '/', headers, wanted };
  const client = openBulkHttp(httpAddress(input, settings.port), common, TIMEOUT_MS);
  const opened = { client, settings, request, hitOf: hit === undefined ? undefined : hitReader(hit) };
  const isApart = settings.events === 'apart' || !hasBody(settings) || request.own !== undefined;
  return {
    tellsHits: hit !== undefined,
    send: async (events) => {
      if (isApart) return Promise.all(events.map((event) => sendOne(opened, event)));
      const outcome = await exchange(opened, `[${events.map(jsonOf).join(',')}]`, keyOf(settings, events[0]));
      return events.map(() => outcome);
    },
    close: async () => client.close(),
  };
}

async function sendOne(opened: Opened, event: TrafficEvent): Promise<SendOutcome> {
  const { settings, request } = opened;
  const own = request.own?.(event);
  if (own !== undefined && 'problem' in own) return { type: 'rejected', reason: own.problem };
  const key = keyOf(settings, event);
  const parts = own === undefined ? key : { ...own, headers: { ...own.headers, ...key?.headers } };
  return exchange(opened, hasBody(settings) ? jsonOf(event) : undefined, parts);
}

function keyOf({ idempotencyKey }: SinkSettings, event: TrafficEvent | undefined): OwnRequest | undefined {
  return idempotencyKey === undefined ? undefined : { headers: { [idempotencyKey.toLowerCase()]: event?.id ?? '' } };
}

async function exchange(
  { client, settings, hitOf }: Opened,
  body: string | undefined,
  own: OwnRequest | undefined,
): Promise<SendOutcome> {
  const { headers, idempotencyKey, method, path } = settings;
  return client.send(body, own).then((response) => {
    const outcome = ofResponse(response, headers, `${method} ${path}`);
    if (outcome.type === 'acked') return hitOf === undefined ? outcome : ackedOf(hitOf, response);
    return idempotencyKey === undefined ? outcome : orStillAtWork(outcome, response);
  }, ofFailure);
}

const HIT: SendOutcome = { type: 'acked', hit: true };
const MISS: SendOutcome = { type: 'acked', hit: false };
const UNTOLD: SendOutcome = { type: 'acked' };

function ackedOf(hitOf: HitOf, response: BulkResponse): SendOutcome {
  const hit = hitOf(response);
  return hit === undefined ? UNTOLD : hit ? HIT : MISS;
}

/**
 * What a service with idempotency keys answers while it is still at work on the same request
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/, "Error Handling").
 */
function orStillAtWork(outcome: SendOutcome, { status }: BulkResponse): SendOutcome {
  return status === 409 && outcome.type === 'rejected' ? { type: 'unknown', reason: outcome.reason } : outcome;
}
