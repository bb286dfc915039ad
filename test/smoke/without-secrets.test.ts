import { expect, test } from 'vitest';
import { redactor } from '../../src/lib/redact.ts';
import { withoutSecrets } from '../../src/smoke/without-secrets.ts';

test('reasons, what was seen and the data of a phase lose secrets at every depth; the verdict and names of fields stay', () => {
  const data = { url: 'redis://:hunter2@x', list: [{ text: 'hunter2' }, 3, null, true], hunter2: 'name' };
  const result = {
    verdict: 'fail',
    reasons: ['refused hunter2'],
    seen: 'a hunter2',
    data,
    warnings: ['hunter2'],
  } as const;
  expect(withoutSecrets(result, redactor(['hunter2', 'fail']))).toEqual({
    ...{ verdict: 'fail', reasons: ['refused [redacted]'], seen: 'a [redacted]', warnings: ['[redacted]'] },
    data: { url: 'redis://:[redacted]@x', list: [{ text: '[redacted]' }, 3, null, true], hunter2: 'name' },
  });
});
