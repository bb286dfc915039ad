import * as z from 'zod';
import { type HttpClient, openHttp } from '../../clients/http/exchange.ts';
import { systemCode } from '../../errors.ts';
import { Secret } from '../../lib/secret.ts';
import { sharedAddress } from '../../stack/environment.ts';
import type { ServiceInput } from '../../stack/kind.ts';
import {
  idsIn,
  type SendOutcome,
  type TrafficCapability,
  type TrafficEvent,
  type TrafficRun,
  type TrafficSink,
  type TrafficStore,
} from '../../stack/traffic.ts';

const path = z.string().regex(/^\//, { error: 'must begin with /' });
const headers = z.record(z.string(), z.union([z.string(), z.instanceof(Secret)])).default({});

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
};

function openSink({ stack, service }: ServiceInput, settings: SinkSettings): TrafficSink {
  const client = openHttp(sharedAddress(stack, service).client, TIMEOUT_MS);
  const one = (events: readonly TrafficEvent[], body: unknown) => post(client, settings, events, body);
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
  client: HttpClient,
  { path: to, method, headers: own }: SinkSettings,
  events: readonly TrafficEvent[],
  body: unknown,
): Promise<readonly SendOutcome[]> {
  const all = { 'content-type': 'application/json', ...revealed(own) };
  const outcome = await client.exchange({ method, path: to, headers: all, body: JSON.stringify(body) }).then(
    ({ status }) => ofStatus(status),
    (error: unknown) => ofFailure(error),
  );
  return events.map(() => outcome);
}

/** A 5xx is said by a service that broke on the way, or by a proxy in front of it: the event may be stored. */
function ofStatus(status: number): SendOutcome {
  if (status >= 200 && status < 300) return { type: 'acked' };
  const reason = `HTTP ${status}`;
  if (status === 429) return { type: 'rejected', reason, unreachable: true };
  return status >= 400 && status < 500 ? { type: 'rejected', reason } : { type: 'unknown', reason };
}

/** Only a connection that never came about proves that nothing was sent. */
function ofFailure(error: unknown): SendOutcome {
  const code = systemCode(error);
  if (code === 'ECONNREFUSED') return { type: 'rejected', reason: 'connection refused', unreachable: true };
  const reason = code === 'ECONNRESET' ? 'connection reset' : error instanceof Error ? error.message : String(error);
  return { type: 'unknown', reason };
}

function openStore(
  { stack, service }: ServiceInput,
  { path: from, headers: own }: z.output<typeof storeSettings>,
  { runId }: TrafficRun,
): TrafficStore {
  const client = openHttp(sharedAddress(stack, service).client, READ_TIMEOUT_MS);
  const filled = from.replaceAll(/\{run\}/g, runId);
  const ids = async (signal: AbortSignal): Promise<readonly string[]> => {
    const { status, text } = await client.exchange({ method: 'GET', path: filled, headers: revealed(own) }, signal);
    if (status !== 200) throw new Error(`GET ${filled} answered ${status}`);
    return idsIn(text, runId);
  };
  return {
    name: `${service.name} ${from}`,
    guarantee: 'stored',
    count: async (signal) => (await ids(signal)).length,
    read: async (signal) => ({ ids: await ids(signal), contradictions: [] }),
    close: async () => client.close(),
  };
}

function revealed(given: Readonly<Record<string, string | Secret>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
