/** Runs of a profile against a real Redis server, with a fault between the last answer and the reading back. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { RedisOptions } from '../../src/kinds/_shared/redis/options.ts';
import { traffic } from '../../src/kinds/_shared/redis/traffic.ts';
import { eventId } from '../../src/stack/contract/event-id.ts';
import type { Kind } from '../../src/stack/contract/kind.ts';
import type { ServiceInput, Stack } from '../../src/stack/contract/model.ts';
import type { TrafficCapability } from '../../src/stack/contract/traffic.ts';
import type { TrafficEvent } from '../../src/stack/contract/traffic-event.ts';
import { readProfile } from '../../src/traffic/load-profile.ts';
import type { TrafficReport } from '../../src/traffic/report.ts';
import { seedTraffic } from '../../src/traffic/seed-traffic.ts';
import { kept, openProxyServer, type ProxyServer } from './proxy-server.ts';

export interface RedisRun {
  readonly input: ServiceInput<RedisOptions>;
  /** `send.settings`; undefined: the events are given to `write`, as to an application. */
  readonly send?: object;
  readonly write?: (events: readonly TrafficEvent[]) => Promise<void>;
  /** `settings` of each store. */
  readonly stores: readonly object[];
  readonly body?: object;
  readonly count?: number;
  readonly batch?: number;
  readonly inFlight?: number;
  readonly repeat?: number;
  readonly retry?: boolean;
  /** Called when all events are answered, before anything is read. @param events all of them, in their order. */
  readonly fault?: (events: readonly TrafficEvent[]) => Promise<unknown>;
  /** Called behind each batch. */
  readonly afterBatch?: (answered: number) => Promise<unknown>;
}

export const BODY = { customer: '{{customer}}', id: '{{id}}', total: '{{total}}', at: '{{at}}', text: '{{text}}' };
const DRAW = {
  customer: { oneOf: ['ada', 'bob', 'çy'] },
  total: { integer: { min: 1, max: 1_000_000 } },
  at: { time: { every: '20ms', format: 'milliseconds' } },
  text: { text: 'of {{customer}}' },
};

let runs = 0;

/** @throws as `seedTraffic`. */
export async function seedRedis(run: RedisRun): Promise<TrafficReport & { readonly sent: readonly TrafficEvent[] }> {
  const { input, count = 300, batch = 20, inFlight = 4, repeat = 0 } = run;
  const events: TrafficEvent[] = [];
  const own = { ...traffic, sink: watched(run, events, count) } as TrafficCapability;
  const kind = { ...input.service.kind, traffic: own } as unknown as Kind;
  const stack: Stack = { ...input.stack, services: [{ ...input.service, kind }] as unknown as Stack['services'] };
  const settle = '300ms';
  const text = JSON.stringify({
    profile: 'faults',
    description: 'Events of customers',
    epoch: '2026-01-01T00:00:00Z',
    send: { service: 'redis', batch, inFlight, repeat, settings: run.send ?? {} },
    stores: run.stores.map((settings) => ({ service: 'redis', settle, settings })),
    draw: DRAW,
    body: run.body ?? BODY,
  });
  const random = (size: number) => Buffer.alloc(size, ++runs);
  const { report } = await seedTraffic({
    ...{ stack, ...readProfile({ text, file: 'faults.yaml', stack }), count, seed: 7, ratePerS: undefined },
    ...{ epochMs: undefined, settleMs: undefined, clock: performance, date: () => new Date(), random },
    ...{ emit: () => undefined, signal: new AbortController().signal, retry: run.retry ?? false },
  });
  return { ...report, sent: events.toSorted((one, other) => one.sequence - other.sequence) };
}

export const idOf = (report: Pick<TrafficReport, 'run'>, sequence: number): string => eventId(report.run, sequence);

function watched(run: RedisRun, events: TrafficEvent[], count: number): unknown {
  const { sink } = traffic;
  if (sink === undefined) throw new Error('no sink');
  if (run.retry) return sink;
  const open = async (...args: Parameters<typeof sink.open>) => {
    const { write } = run;
    const own = write === undefined ? await sink.open(...args) : written(write);
    let answered = 0;
    return {
      close: own.close,
      send: async (batch: readonly TrafficEvent[]) => {
        events.push(...batch);
        const outcomes = await own.send(batch);
        answered += batch.length;
        await run.afterBatch?.(answered);
        if (answered === count) await run.fault?.(events.toSorted((one, other) => one.sequence - other.sequence));
        return outcomes;
      },
    };
  };
  // An application has settings of its own.
  return run.write === undefined ? { ...sink, open } : { settings: ANYTHING, open };
}

function written(write: NonNullable<RedisRun['write']>) {
  return {
    send: async (events: readonly TrafficEvent[]) => {
      await write(events);
      return events.map(() => ({ type: 'acked' }) as const);
    },
    close: async () => undefined,
  };
}

const ANYTHING = (await import('zod')).looseObject({});

const NOTHING = (): undefined => undefined;

/** Stands between clients and a server, and sends it everything with this text in it a second time, over another connection. */
export async function openDoublingProxy(to: number, text: string): Promise<ProxyServer> {
  return openProxyServer((client, open) => {
    const [upstream, second] = [connect({ host: '127.0.0.1', port: to }), connect({ host: '127.0.0.1', port: to })];
    kept(open, client, upstream, second);
    let isFirst = true;
    let turn = Promise.resolve();
    client.on('data', (bytes) => {
      // The first message is the password. The copy is applied before its original is, and nothing overtakes that.
      const isTwice = isFirst || bytes.includes(text);
      isFirst = false;
      turn = turn.then(async () => {
        if (isTwice) {
          second.write(bytes);
          await once(second, 'data');
        }
        upstream.write(bytes);
      }, NOTHING);
    });
    second.resume();
    upstream.pipe(client);
    client.on('close', () => {
      upstream.end();
      second.end();
    });
  });
}

/** The service as clients see it through a proxy. */
export function through(input: ServiceInput<RedisOptions>, port: number): ServiceInput<RedisOptions> {
  const instances = input.service.instances.map((instance) => ({ ...instance, client: { ...instance.client, port } }));
  return { ...input, service: { ...input.service, instances } };
}
