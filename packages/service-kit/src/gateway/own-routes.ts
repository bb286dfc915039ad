import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ReadinessCheck, readiness } from '../readiness.ts';
import { errorBody } from '../request-error.ts';
import type { Upstream } from './upstreams.ts';
import type { UpstreamWatch } from './watch.ts';

/** Paths of the gateway itself; every other path is passed on. */
export const PREFIX = '/gateway/';

const READY_DEADLINE_MS = 1200;

/** Answers what is below PREFIX: `health`, `ready` and `upstreams`. */
export async function ownRoutes(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  watch: UpstreamWatch,
): Promise<void> {
  const path = (incoming.url ?? '').split('?')[0]?.slice(PREFIX.length);
  if (path === 'health') return send(outgoing, 200, { status: 'ok' });
  if (path === 'upstreams') return send(outgoing, 200, { upstreams: watch.upstreams().map(shown) });
  if (path !== 'ready') return send(outgoing, 404, errorBody(`no such endpoint: ${PREFIX}${path}`));
  const state = await readiness(checks(watch), READY_DEADLINE_MS);
  send(outgoing, state.status === 'not ready' ? 503 : 200, state);
}

/** With one upstream the gateway works, with less than all it is degraded. Asks them now instead of using older answers. */
function checks(watch: UpstreamWatch): readonly ReadinessCheck[] {
  const refreshed = watch.refresh();
  const silent = async (): Promise<string> => {
    await refreshed;
    return watch
      .upstreams()
      .flatMap(({ name, up }) => (up ? [] : [name]))
      .join(', ');
  };
  return [
    {
      name: 'any-upstream',
      check: async () => {
        const names = await silent();
        if (watch.upstreams().every(({ up }) => !up))
          throw new Error(`no answer from ${names || 'any: there are none'}`);
        return undefined;
      },
    },
    {
      name: 'every-upstream',
      essential: false,
      check: async () => {
        const names = await silent();
        if (names !== '') throw new Error(`no answer from ${names}`);
        return undefined;
      },
    },
  ];
}

function shown({ host, port, ...state }: Upstream): object {
  return { ...state, address: `${host}:${port}` };
}

function send(outgoing: ServerResponse, status: number, body: unknown): void {
  outgoing.writeHead(status, { 'Content-Type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}
