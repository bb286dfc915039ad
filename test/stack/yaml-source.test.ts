import { expect, test } from 'vitest';
import { parseYaml } from '../../src/stack/yaml-source.ts';

const at = (line: number, column: number) => ({ file: 'f', line, column });

test('knows where keys and values stand', () => {
  const source = parseYaml('a: 1\nb:\n  c: [x, y]\n  d:\n', 'f');
  expect(source.value).toEqual({ a: 1, b: { c: ['x', 'y'], d: null } });
  expect(source.at(['b', 'c'], 'key')).toEqual(at(3, 3));
  expect(source.at(['b', 'c'], 'value')).toEqual(at(3, 6));
  expect(source.at(['b', 'c', 1], 'value')).toEqual(at(3, 10));
});

test('reports a path that is not there at its nearest parent', () => {
  const source = parseYaml('a: 1\nb:\n  c: 2\n', 'f');
  expect(source.at(['b', 'missing'], 'value')).toEqual(at(2, 1));
  expect(source.at(['missing'], 'value')).toEqual(at(1, 1));
});

test.each([
  ['a: 1\na: 2', 2, /given before/],
  ['a: [1', 1, /not valid YAML/],
  ['a: *nobody', 1, /not valid YAML/],
])('%j is a problem and no exception', (text, line, message) => {
  const [problem] = parseYaml(text, 'f').problems;
  expect(problem).toMatchObject({ file: 'f', line, message: expect.stringMatching(message) });
});

test('an alias bomb is refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 9; n++)
    lines.push(
      `a${n}: &a${n} [${Array(10)
        .fill(`*a${n - 1}`)
        .join(', ')}]`,
    );
  expect(parseYaml(lines.join('\n'), 'f').problems).toHaveLength(1);
});
