/** What the answer of an application says about itself. Pure. */
import * as z from 'zod';

export interface Told {
  /** The part of what was sent that it is about; empty: none. */
  readonly field: string;
  /** Not yet safe to print: as it came. Empty: it says nothing. */
  readonly message: string;
}

const NOTHING: Told = { field: '', message: '' };

const text = z.string().trim().min(1).optional().catch(undefined);
const fault = z.object({ field: z.string().catch(''), message: z.string() });
const answerSchema = z.object({
  error: z
    .union([fault, z.string().transform((message): Told => ({ field: '', message }))])
    .optional()
    .catch(undefined),
  field: text,
  message: text,
  detail: text,
  reason: text,
  status: text,
});

/**
 * Of JSON the text of `error` (or of its `message`), else of `message`, `detail`, `reason` or `status`; of other text its first line.
 * Nothing of a page for people, and of JSON in another shape.
 */
export function toldIn(body: string): Told {
  try {
    const { data } = answerSchema.safeParse(JSON.parse(body));
    if (data === undefined) return NOTHING;
    const { error, field = '', message, detail, reason, status } = data;
    const own = message ?? detail;
    // Frameworks put the name of the status into `error`, and beside it what happened.
    if (error !== undefined) return own === undefined ? error : { ...error, message: `${error.message}: ${own}` };
    return { field, message: own ?? reason ?? status ?? '' };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [line = ''] = body.trim().split(/\r?\n/, 1);
    return line.startsWith('<') ? NOTHING : { field: '', message: line };
  }
}
