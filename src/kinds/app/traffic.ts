import * as z from 'zod';
import { type BulkHttp, openBulkHttp } from '../../clients/http/bulk.ts';
import { openHttp } from '../../clients/http/exchange.ts';
import { isHttpToken } from '../../lib/http-token.ts';
import { Secret } from '../../lib/secret.ts';
import { type IdTally, tallyOf } from '../../stack/contract/id-tally.ts';
import type { ServiceInput } from '../../stack/contract/model.ts';
import type {
  SendOutcome,
  TrafficCapability,
  TrafficEvent,
  TrafficRun,
  TrafficSink,
  TrafficStore,
} from '../../stack/contract/traffic.ts';
import { sharedAddress } from '../../stack/derived/environment.ts';
import { secretOption } from '../../stack/values/secret-option.ts';
import { ofFailure, ofResponse } from './outcome.ts';
import { replay } from './replay.ts';

const path = z.string().regex(/^\/\S*$/, { error: 'must begin with / and have no blanks' });
const header = z.string().regex(/^[^\r\n\0]*$/, { error: 'must be one line' });
const SET_HERE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'connection']);
const headers = z
  .record(z.string(), z.union([header, secretOption()], { error: 'must be text of one line' }))
  .refine((all) => Object.keys(all).every((name) => isHttpToken(name) && !SET_HERE.has(name.toLowerCase())), {
    error:
      'has a name that no header has, or one that is set for each request (content-length, transfer-encoding, connection)',
  })
  .default({});

const sinkSettings = z.strictObject({
  path,
  method: z.enum(['POST', 'PUT']).default('POST'),
  headers,
  /** `together`: a list of events in one request; `apart`: a request for each. */
  events: z.enum(['together', 'apart']).default('together'),
});

/** `{run}` in the path becomes the id of the run; the answer is searched for ids. */
const storeSettings = z.strictObject({ path, headers });

type SinkSettings = z.output<typeof sinkSettings>;

/** An application that holds up its answer for longer is of no use to anybody. */
const TIMEOUT_MS = 5000;
const READ_TIMEOUT_MS = 30_000;

/** Events as HTTP requests; read back from whatever the service tells about them. */
export const traffic: TrafficCapability = {
  sink: { settings: sinkSettings, open: async (input, settings) => openSink(input, sinkSettings.parse(settings)) },
  store: {
    settings: storeSettings,
    open: async (input, settings, run) => openStore(input, storeSettings.parse(settings), run),
  },
  replay,
};

function openSink({ stack, service }: ServiceInput, settings: SinkSettings): TrafficSink {
  const { method, path: to, headers: own } = settings;
  const all = { 'content-type': 'application/json', ...lowerCase(revealed(own)) };
  const client = openBulkHttp(sharedAddress(stack, service).client, { method, path: to, headers: all }, TIMEOUT_MS);
  const one = (events: readonly TrafficEvent[], body: unknown) => post(client, own, events, body);
  return {
    send: async (events) => {
      if (settings.events === 'together') {
        return one(
          events,
          events.map((event) => event.body),
        );
      }
      return (await Promise.all(events.map((event) => one([event], event.body)))).flat();
    },
    close: async () => client.close(),
  };
}

async function post(
  client: BulkHttp,
  own: SinkSettings['headers'],
  events: readonly TrafficEvent[],
  body: unknown,
): Promise<readonly SendOutcome[]> {
  const outcome = await client.send(JSON.stringify(body)).then(
    (response) => ofResponse(response, own),
    (error: unknown) => ofFailure(error),
  );
  return events.map(() => outcome);
}

function openStore(
  { stack, service }: ServiceInput,
  { path: from, headers: own }: z.output<typeof storeSettings>,
  { runId }: TrafficRun,
): TrafficStore {
  const client = openHttp(sharedAddress(stack, service).client, READ_TIMEOUT_MS);
  const filled = from.replaceAll(/\{run\}/g, runId);
  const found = async (signal: AbortSignal): Promise<IdTally> => {
    const { status, text } = await client.exchange({ method: 'GET', path: filled, headers: revealed(own) }, signal);
    if (status !== 200) throw new Error(`GET ${filled} answered ${status}`);
    return tallyOf(runId, [text]);
  };
  return {
    name: `${service.name} ${from}`,
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
