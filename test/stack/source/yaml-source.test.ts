import { expect, test } from 'vitest';
import { parseYaml } from '../../../src/stack/source/yaml-source.ts';

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
  const { problems } = parseYaml(`${lines.join('\n')}\nlast: *a8\n`, 'f');
  expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining('alias') })]);
});

test.each([
  ['a: b\np: !s3cr3tX\n', 2, 4, /tag of YAML/],
  ['p: !s3cr3tX foo\n', 1, 4, /tag of YAML/],
  ['p: [x, !s3cr3tX ]\n', 1, 8, /tag of YAML/],
  ['p: !\n', 1, 4, /tag of YAML/],
  ['p: !!bool s3cr3tX\n', 1, 4, /tag of YAML/],
  ['p: !!null s3cr3tX\n', 1, 4, /tag of YAML/],
  ['p: !!binary s3cr3tX\n', 1, 4, /tag of YAML/],
  ['p: !s3cr3tX\n  a: b\n', 1, 4, /tag of YAML/],
  ['p: &s3cr3tX\n', 1, 4, /anchor/],
  ['p: &s3cr3tX word\n', 1, 4, /anchor/],
  ['a: b\np: *s3cr3tX\n', 2, 4, /no anchor before this/],
  ['p: *s3cr3tX\na: &s3cr3tX b\n', 1, 4, /no anchor before this/],
  ['p: &s3cr3tX [*s3cr3tX]\n', 1, 14, /no anchor before this/],
  ['p: |s3cr3tX\n', 1, 5, /cannot stand here/],
  ['p: "\\s3cr3tX"\n', 1, 5, /escape/],
  ['p: @s3cr3tX\n', 1, 4, /cannot begin with this character/],
  ['p: `s3cr3tX\n', 1, 4, /cannot begin with this character/],
  ['p: %s3cr3tX\n', 1, 4, /cannot begin with this character/],
  ['%s3cr3tX\n---\np: 1\n', 1, 1, /begins with %/],
  ['__proto__: s3cr3tX\n', 1, 1, /cannot be used/],
  ['p: 1\n---\np: s3cr3tX\n', 2, 1, /a second document begins at line 2/],
  ['p: 1\n...\n---\np: s3cr3tX\n', 3, 1, /a second document begins at line 3/],
])('%j is refused where it stands, without its text', (text, line, column, message) => {
  const { problems, value } = parseYaml(text, 'f');
  expect(problems).toEqual([{ ...at(line, column), field: '', message: expect.stringMatching(message) }]);
  expect(JSON.stringify(problems)).not.toMatch(/s3cr3t|parseAllDocuments/);
  expect(value).toBeUndefined();
});

test('an anchor that is used and a tag that says what is there are taken', () => {
  const text = '---\na: &one [x]\nb: *one\nc: !!str 12\nd: !!bool true\ne: !!int 3\n';
  const { problems, value } = parseYaml(text, 'f');
  expect(problems).toEqual([]);
  expect(value).toEqual({ a: ['x'], b: ['x'], c: '12', d: true, e: 3 });
});
