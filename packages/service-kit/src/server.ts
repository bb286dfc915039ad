import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type ListeningServer, type ListenOptions, listen } from './listen.ts';
import type { Log } from './log.ts';
import { type ReadinessCheck, readiness } from './readiness.ts';
import { errorBody, RequestError } from './request-error.ts';

/** A client of `/ready` waits about a second; a dependency that hangs must not make it longer. */
const READY_DEADLINE_MS = 800;
const MAX_BODY_BYTES = 1024 * 1024;

export interface AppOptions {
  readonly log: Log;
  /** For `/ready`: the program's own dependencies. */
  readonly checks: readonly ReadinessCheck[];
  /** A larger request body is answered with 413; default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/**
 * An HTTP API with `/health` (the program runs), `/ready` (it and its dependencies work: 200, else 503, with the checks),
 * errors as `{"error": {"field"?, "message"}}` and bounded bodies. Add routes to it, then `serve` it.
 */
export function createApp({ log, checks, maxBodyBytes = MAX_BODY_BYTES }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    const startedAt = performance.now();
    await next();
    log.debug('request', {
      method: context.req.method,
      path: context.req.path,
      status: context.res.status,
      durationMs: Math.round(performance.now() - startedAt),
    });
  });
  app.use(limitBody(maxBodyBytes));
  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.get('/ready', async (context) => {
    const state = await readiness(checks, READY_DEADLINE_MS);
    return context.json(state, state.status === 'not ready' ? 503 : 200);
  });
  app.notFound((context) =>
    context.json(errorBody(`no such endpoint: ${context.req.method} ${context.req.path}`), 404),
  );
  app.onError((error, context) => {
    if (error instanceof RequestError) return context.json(errorBody(error.message, error.field), error.status);
    log.error('request failed', { method: context.req.method, path: context.req.path, error });
    return context.json(errorBody('internal error'), 500);
  });
  return app;
}

/**
 * Hono's own limit asks every request for the stream of its body, which takes longer than everything else that is done for a small
 * request. It is needed only where the length is not known (RFC 9112, 6.3: without `Transfer-Encoding` a request has as
 * many bytes as `Content-Length` says, and none without it).
 */
function limitBody(maxBytes: number): MiddlewareHandler {
  const tooLarge = (context: Context) => context.json(errorBody(`the body is larger than ${maxBytes} bytes`), 413);
  const byCounting = bodyLimit({ maxSize: maxBytes, onError: tooLarge });
  return async (context, next) => {
    if (context.req.header('transfer-encoding') !== undefined) return byCounting(context, next);
    if (Number(context.req.header('content-length') ?? 0) > maxBytes) return tooLarge(context);
    return next();
  };
}

/**
 * An answer of JSON with headers of its own. `context.header` does the same by way of an object of the Web's `Headers`, which takes
 * longer than the rest of an answer.
 */
export function jsonAnswer(value: unknown, headers: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(value), { headers: { 'Content-Type': 'application/json', ...headers } });
}

/** Serves the app until it is stopped; see `listen`. */
export function serve(app: Hono, options: ListenOptions): Promise<ListeningServer> {
  return listen(createAdaptorServer({ fetch: app.fetch }) as Server, options);
}
