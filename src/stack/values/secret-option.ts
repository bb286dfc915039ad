import * as z from 'zod';
import { Secret } from '../../lib/secret.ts';

/** What an option that takes a secret says to everything else. Never with what was found there. */
export const SECRET_RULE = 'must name a value of type secret';

/** Schema of an option or a setting that takes a value of type secret, and nothing that is written down in the file. */
export function secretOption() {
  return z.custom<Secret>((given) => given instanceof Secret, { error: SECRET_RULE, abort: true });
}
