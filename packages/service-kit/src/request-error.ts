/** A request that is answered with an error: `{"error": {"field"?, "message"}}`. */
export class RequestError extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 502 | 503 | 504;
  /** What in the request is wrong, e.g. `[3].status` or `window`. */
  readonly field: string | undefined;

  constructor(status: RequestError['status'], message: string, field?: string) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.field = field;
  }
}

/** The body of an error answer. */
export function errorBody(message: string, field?: string): { readonly error: { field?: string; message: string } } {
  return { error: { ...(field === undefined ? {} : { field }), message } };
}
