import * as z from 'zod';
import { openHttp } from '../../../clients/http/exchange.ts';
import { Secret } from '../../../lib/secret.ts';
import { type IdTally, tallyOf } from '../../../stack/contract/id-tally.ts';
import { NO_PORT, type ServiceInput } from '../../../stack/contract/model.ts';
import type { TrafficCapability, TrafficRun, TrafficStore } from '../../../stack/contract/traffic.ts';
import type { Mistake } from '../../../stack/source/zod-problems.ts';
import { httpAddress } from './http-address.ts';
import { record } from './record.ts';
import { replay } from './replay.ts';
import { describe } from './request.ts';
import { hasBody, type StoreSettings, sinkSettings, storeSettings } from './settings.ts';
import { openSink } from './sink.ts';

const READ_TIMEOUT_MS = 30_000;

/** Events as HTTP requests; read back from whatever the service tells about them. */
export const traffic: TrafficCapability = {
  sink: {
    settings: sinkSettings,
    check: async (input, settings) => wrongPort(input, sinkSettings.parse(settings).port),
    drawn: ['path', 'query', 'headers'],
    sendsBody: (settings) => {
      // Also of settings that have a mistake elsewhere.
      const { method } = z
        .looseObject({ method: z.string().catch('') })
        .catch({ method: '' })
        .parse(settings);
      return hasBody({ method });
    },
    describe: (settings, drawn) => describe(sinkSettings.parse(settings), drawn),
    open: async (input, settings, run) => openSink(input, sinkSettings.parse(settings), run),
    repeatable: async (_input, given) => {
      const settings = sinkSettings.parse(given);
      const { knowsRepetitions, idempotencyKey } = settings;
      // Of a request without a body no event is stored.
      if (!hasBody(settings) || knowsRepetitions || idempotencyKey !== undefined) return true;
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

function openStore(
  input: ServiceInput,
  { port: at, path: from, headers: own }: StoreSettings,
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

function revealed(given: Readonly<Record<string, string | Secret>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
