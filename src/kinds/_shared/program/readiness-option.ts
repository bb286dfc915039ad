import * as z from 'zod';

const path = z.string().regex(/^\/\S*$/, { error: 'must be a path that begins with /' });
const status = z.int().min(100).max(599);
/** Name of a port of the service; without it the first one. */
const port = z.string().min(1).optional();

const expression = z.string().min(1).refine(isPattern, { error: 'must be a regular expression' });

const check = z
  .strictObject({
    /** Answers with this status, or one of these; default 200. */
    http: z
      .strictObject({ port, path: path.default('/'), status: z.union([status, z.array(status).min(1)]).default(200) })
      .optional(),
    /** Takes a connection and keeps it. */
    tcp: z.strictObject({ port }).optional(),
    /** A program that ends with 0, run where the instance runs. */
    exec: z.array(z.string()).min(1).optional(),
    /** A line that matches was logged since the start. */
    log: expression.optional(),
    /** Ready as soon as it runs. */
    none: z.literal(true).optional(),
  })
  .refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
    error: 'must be none, or a map with one of http, tcp, exec and log',
  });

/** How it is found out whether a program is ready. `none` is short for `{none: true}`. */
export const readinessOption = z.preprocess((given) => (given === 'none' ? { none: true } : given), check);

export type Readiness = z.output<typeof readinessOption>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') !== undefined;
  } catch {
    return false;
  }
}
