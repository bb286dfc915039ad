import * as z from 'zod';
import { type BulkHttp, openBulkHttp } from '../../../clients/http/bulk.ts';
import { type HttpResponse, openHttp } from '../../../clients/http/exchange.ts';
import { isHttpToken } from '../../../lib/http-token.ts';
import { Secret } from '../../../lib/secret.ts';
import { type IdTally, tallyOf } from '../../../stack/contract/id-tally.ts';
import { NO_PORT, type ServiceInput } from '../../../stack/contract/model.ts';
import {
  jsonOf,
  type SendOutcome,
  type TrafficCapability,
  type TrafficEvent,
  type TrafficRun,
  type TrafficSink,
  type TrafficStore,
} from '../../../stack/contract/traffic.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import { secretOption } from '../../../stack/values/secret-option.ts';
import { httpAddress } from './http-address.ts';
import { ofFailure, ofResponse } from './outcome.ts';
import { record } from './record.ts';
import { replay } from './replay.ts';

const path = z.string().regex(/^\/\S*$/, { error: 'must begin with / and have no blanks' });
const header = z.string().regex(/^[^\r\n\0]*$/, { error: 'must be one line' });
const SET_HERE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection']);
const isOwnHeader = (name: string): boolean => isHttpToken(name) && !SET_HERE.has(name.toLowerCase());
const headers = z
  .record(z.string(), z.union([header, secretOption()], { error: 'must be text of one line' }))
  .refine((all) => Object.keys(all).every(isOwnHeader), {
    error:
      'has a name that no header has, or one that is set for each request (content-length, transfer-encoding, connection)',
  })
  .default({});

/** Name of the service's port that is asked; default: `http`, else its first one. */
const port = z.string().optional();

const sinkSettings = z.strictObject({
  port,
  path,
  method: z.enum(['POST', 'PUT']).default('POST'),
  headers,
  /** `together`: a list of events in one request; `apart`: a request for each. */
  events: z.enum(['together', 'apart']).default('together'),
  /** The service knows an event by what its body says, and stores one that it gets again no second time. */
  knowsRepetitions: z.boolean().default(false),
  /** Name of a header by which the service knows a request that it gets again; its value is the id of the first event. */
  idempotencyKey: z.string().refine(isOwnHeader, { error: 'must be the name of a header' }).optional(),
});

/** `{run}` in the path becomes the id of the run; the answer is searched for ids. */
const storeSettings = z.strictObject({ port, path, headers });

type SinkSettings = z.output<typeof sinkSettings>;

/** An application that holds up its answer for longer is of no use to anybody. */
const TIMEOUT_MS = 5000;
const READ_TIMEOUT_MS = 30_000;

/** Events as HTTP requests; read back from whatever the service tells about them. */
export const traffic: TrafficCapability = {
  sink: {
    settings: sinkSettings,
    check: async (input, settings) => wrongPort(input, sinkSettings.parse(settings).port),
    open: async (input, settings) => openSink(input, sinkSettings.parse(settings)),
    repeatable: async (_input, given) => {
      const { knowsRepetitions, idempotencyKey } = sinkSettings.parse(given);
      if (knowsRepetitions || idempotencyKey !== undefined) return true;
      return {
        why: 'the profile does not say that the service knows an event, or a request, that it gets again',
        next:
          'Where it does, say by what: `knowsRepetitions: true` (by the body) or `idempotencyKey: Idempotency-Key` (by that header) in ' +
          'send.settings.',
      };
    },
  },
  store: {
    settings: storeSettings,
    check: async (input, settings) => wrongPort(input, storeSettings.parse(settings).port),
    open: async (input, settings, run) => openStore(input, storeSettings.parse(settings), run),
    clean: () => ({
      type: 'cannot',
      why: 'only the service itself could delete what it holds',
      next: 'Name the database behind it as a store of the profile, and what is in there can be.',
    }),
  },
  replay,
  record,
};

/** What is reached through another service is asked at that one's address. */
function wrongPort({ service }: ServiceInput, name: string | undefined): readonly Mistake[] {
  const { name: own, through, instances } = service;
  if (through !== undefined && name === undefined) return [];
  if (through !== undefined) return [wrong('port', `must be left out: ${own} is reached through ${through}`)];
  if (instances[0]?.client.port === NO_PORT) return [wrong('path', `cannot be asked: the service ${own} has no port`)];
  const known = instances[0]?.ports.map((one) => one.name) ?? [];
  if (name === undefined || known.includes(name)) return [];
  return [wrong('port', `must be a port of ${own} that takes HTTP (known: ${known.join(', ')})`)];
}

function wrong(setting: string, message: string): Mistake {
  return { path: [setting], part: 'value', message };
}

function openSink(input: ServiceInput, settings: SinkSettings): TrafficSink {
  const { port: at, method, path: to, headers: own } = settings;
  const all = { 'content-type': 'application/json', ...lowerCase(revealed(own)) };
  const client = openBulkHttp(httpAddress(input, at), { method, path: to, headers: all }, TIMEOUT_MS);
  const one = (events: readonly TrafficEvent[], json: string) => post(client, settings, events, json);
  return {
    send: async (events) => {
      if (settings.events === 'together') return one(events, `[${events.map(jsonOf).join(',')}]`);
      return (await Promise.all(events.map((event) => one([event], jsonOf(event))))).flat();
    },
    close: async () => client.close(),
  };
}

async function post(
  client: BulkHttp,
  { headers: own, idempotencyKey }: SinkSettings,
  events: readonly TrafficEvent[],
  json: string,
): Promise<readonly SendOutcome[]> {
  const key = idempotencyKey === undefined ? undefined : { [idempotencyKey.toLowerCase()]: events[0]?.id ?? '' };
  const outcome = await client.send(json, key).then(
    (response) => (key === undefined ? ofResponse(response, own) : orStillAtWork(ofResponse(response, own), response)),
    (error: unknown) => ofFailure(error),
  );
  return events.map(() => outcome);
}

/**
 * What a service with idempotency keys answers while it is still at work on the same request
 * (https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/, "Error Handling").
 */
function orStillAtWork(outcome: SendOutcome, { status }: HttpResponse): SendOutcome {
  return status === 409 && outcome.type === 'rejected' ? { type: 'unknown', reason: outcome.reason } : outcome;
}

function openStore(
  input: ServiceInput,
  { port: at, path: from, headers: own }: z.output<typeof storeSettings>,
  { runId }: TrafficRun,
): TrafficStore {
  const client = openHttp(httpAddress(input, at), READ_TIMEOUT_MS);
  const filled = from.replaceAll(/\{run\}/g, runId);
  const found = async (signal: AbortSignal): Promise<IdTally> => {
    const { status, text } = await client.exchange({ method: 'GET', path: filled, headers: revealed(own) }, signal);
    if (status !== 200) throw new Error(`GET ${filled} answered ${status}`);
    return tallyOf(runId, [text]);
  };
  return {
    name: `${input.service.name} ${from}`,
    guarantee: 'stored',
    count: async (signal) => (await found(signal)).total,
    read: async (signal) => ({ found: await found(signal), contradictions: [] }),
    close: async () => client.close(),
  };
}

/** Names of headers differ in nothing but their letters: what a profile says takes the place of what is usual. */
function lowerCase(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name.toLowerCase(), value]));
}

function revealed(given: Readonly<Record<string, string | Secret>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
