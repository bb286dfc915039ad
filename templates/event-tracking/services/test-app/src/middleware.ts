import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { SdkEvent } from './event.ts';

/** Characters of an error's message that are kept. */
const MAX_ERROR = 2000;

/** Notes every request once it was answered. Whatever happens in here, the answer is the application's. */
export function middleware(record: (event: SdkEvent) => void): MiddlewareHandler {
  return async (context, next) => {
    const startedAt = performance.now();
    const timestamp = new Date().toISOString();
    await next();
    const { status } = context.res;
    record({
      eventId: randomUUID(),
      tenantId: context.req.header('x-tenant-id')?.slice(0, 200) || 'unknown',
      method: context.req.method,
      path: context.req.path.slice(0, 2048),
      status,
      latencyMs: Math.round((performance.now() - startedAt) * 1000) / 1000,
      timestamp,
      ...(status >= 500 ? { error: (context.error?.message || `HTTP ${status}`).slice(0, MAX_ERROR) } : {}),
    });
  };
}
