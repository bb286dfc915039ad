import { redactor } from '../../lib/redact.ts';
import { spellingsOf } from '../../smoke/spellings.ts';
import type { Stack } from '../../stack/contract/model.ts';
import { secretTexts } from '../../stack/derived/shown-log.ts';
import { BUILT_IN } from '../../stack/values/values.ts';

/**
 * Takes out of a text what somebody gave as a secret, or was generated. The default that a stack.yaml says is nobody's secret, and
 * often a word that stands elsewhere too.
 */
export function hideOwnSecrets({ values, services }: Pick<Stack, 'values' | 'services'>): (text: string) => string {
  return redactor(secretTexts({ services, values: values.filter(({ origin }) => origin !== BUILT_IN) }), spellingsOf);
}
