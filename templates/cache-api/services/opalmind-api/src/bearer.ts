import { hash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { errorBody, type Secret } from 'stackctl/service-kit';

/** Lets requests pass that bring `Authorization: Bearer <token>`, answers 401 to all others. */
export function requireBearer(token: Secret): MiddlewareHandler {
  const wanted = digest(token.reveal());
  return async (context, next) => {
    const given = /^Bearer +(\S+) *$/i.exec(context.req.header('Authorization') ?? '')?.[1];
    // Digests are equally long, so that the comparison takes the same time whatever was sent.
    if (given !== undefined && timingSafeEqual(digest(given), wanted)) return next();
    const message = given === undefined ? 'Authorization: Bearer <token> is missing' : 'the token is not accepted';
    return context.json(errorBody(message), 401, { 'WWW-Authenticate': 'Bearer' });
  };
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
