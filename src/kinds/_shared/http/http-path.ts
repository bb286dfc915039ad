import * as z from 'zod';

/** Path of a request, as an option of a kind. */
export const httpPath = z.string().regex(/^\/\S*$/, { error: 'must be a path that begins with /' });
