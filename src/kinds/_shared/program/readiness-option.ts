import * as z from 'zod';

const path = z.string().regex(/^\/\S*$/, { error: 'must be a path that begins with /' });
const status = z.int().min(100).max(599);
/** Name of a port of the service; without it the first one. */
const port = z.string().min(1).optional();

const expression = z.string().min(1).refine(isPattern, { error: 'must be a regular expression' });

const check = z
  .strictObject({
    http: z
      .strictObject({ port, path: path.default('/'), status: z.union([status, z.array(status).min(1)]).default(200) })
      .optional()
      .describe('Answers a GET of this path with this status, or one of these'),
    tcp: z.strictObject({ port }).optional().describe('Takes a connection and keeps it'),
    exec: z.array(z.string()).min(1).optional().describe('A program that ends with 0, run where the instance runs'),
    log: expression.optional().describe('A line that matches was logged since the start'),
    timeoutS: z
      .int()
      .min(1)
      .max(60)
      .optional()
      .describe('With `exec` and `log`: how long it may take to find out, in seconds. Default: 2'),
    none: z.literal(true).optional().describe('Ready once it has run for a second'),
  })
  .refine(({ timeoutS: _, ...ways }) => Object.values(ways).filter((one) => one !== undefined).length === 1, {
    error: 'must be none, or a map with one of http, tcp, exec and log',
  })
  .refine(({ timeoutS, http, tcp, none }) => timeoutS === undefined || (http ?? tcp ?? none) === undefined, {
    path: ['timeoutS'],
    error: 'is for exec and log: others are asked for 1.5 s',
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
