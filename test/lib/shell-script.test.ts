import { expect, test } from 'vitest';
import { renderedScript } from '../../src/lib/shell-script.ts';

test('a part takes the place of the line that reads it, and what only readers of the source need is left out', () => {
  const source = [
    '#!/bin/sh',
    '## Why it is so.',
    '##',
    '# Rendered by stackctl.',
    '# shellcheck source=../part.sh',
    '. ./part.sh',
    '',
    'if true; then',
    '  # shellcheck disable=SC2046',
    '  # shellcheck disable=SC2086 # several words',
    '  echo $x ## $y',
    'fi',
    '',
  ].join('\n');
  const part = '# shellcheck shell=sh\n## Its own notes.\nx=1\n\ny=2\n';
  expect(renderedScript(source, { 'part.sh': part })).toBe(
    [
      '#!/bin/sh',
      '# Rendered by stackctl.',
      'x=1',
      '',
      'y=2',
      '',
      'if true; then',
      '  # shellcheck disable=SC2086 # several words',
      '  echo $x ## $y',
      'fi',
      '',
    ].join('\n'),
  );
});

test('a part that is not given is a mistake of the caller', () => {
  expect(() => renderedScript('. ./part.sh\n')).toThrow('part.sh');
});
