import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';

/** The message for an option that takes only a secret. It never repeats what was given. */
export const SECRET_RULE = 'must name a value of type secret';

/** Schema of an option or setting that takes a value of type secret and no plain text. */
export function secretOption() {
  return z.custom<Secret>((given) => given instanceof Secret, { error: SECRET_RULE, abort: true });
}
