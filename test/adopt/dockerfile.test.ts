import { expect, test } from 'vitest';
import { startOf } from '../../src/adopt/plan/dockerfile.ts';

const python = ['FROM python:3.13', 'CMD ["python", "app.py"]'];

test.each([
  [python, ['python', 'app.py']],
  [
    [...python, 'CMD ["uvicorn", \\', '  # the port', '  "app:app"]'],
    ['uvicorn', 'app:app'],
  ],
  [
    ['FROM a', 'ENTRYPOINT ["run"]', 'cmd ["web"]'],
    ['run', 'web'],
  ],
  [['FROM a', 'CMD ["web"]', 'ENTRYPOINT ["run"]'], ['run']],
  [['FROM a', 'CMD python app.py'], undefined],
  [['FROM a', 'ENTRYPOINT run', 'CMD ["web"]'], undefined],
  [[...python, 'FROM alpine'], undefined],
  [['FROM --platform=linux/amd64 a AS base', 'CMD ["web"]', 'FROM b', 'FROM base'], ['web']],
  [['FROM a', "CMD ['web']"], undefined],
  [['# CMD ["web"]'], undefined],
])('%j starts %j', (lines, words) => {
  expect(startOf(lines.join('\n'))).toEqual(words);
});

test('the stage that is named counts', () => {
  const text = ['FROM a AS dev', 'CMD ["watch"]', 'FROM a', 'CMD ["serve"]'].join('\n');
  expect([startOf(text, 'dev'), startOf(text), startOf(text, 'none')]).toEqual([['watch'], ['serve'], undefined]);
});
