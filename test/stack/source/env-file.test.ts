import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { parseEnvFile } from '../../../src/stack/source/env-file.ts';

const read = (text: string) => Object.fromEntries(parseEnvFile(text).variables);
const told = (text: string) =>
  parseEnvFile(text).mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`);

const FILE = `# comment
A=1
  export B = two words   # comment
EMPTY=
C='single $X \\n'
D="double \\n line"
E="over
two lines" # comment

F='over
two'
URL=redis://x:y@host/0?a=b
A=last
`;

test('reads what node reads', () => {
  expect(parseEnvFile(FILE).mistakes).toEqual([]);
  expect(read(FILE)).toEqual({ ...parseEnv(FILE) });
  expect(read(FILE)).toMatchObject({
    A: 'last',
    B: 'two words',
    C: 'single $X \\n',
    D: 'double \n line',
    E: 'over\ntwo lines',
  });
});

test('escapes in double quotes, CRLF, the last line without an end', () => {
  expect(read('A="say \\"hi\\" \\$X"\r\nB=2')).toEqual({ A: 'say "hi" $X', B: '2' });
  expect(read('A="tab\\t" \nB=`it\'s`')).toEqual({ A: 'tab\t', B: "it's" });
});

test.each([
  ['A=1\nNAME\nB=2', '2:1 must be NAME=value'],
  ['1A=x', '1:1 the name must be letters, digits and underscores, and begin with no digit'],
  ['A.B=x', '1:1 the name must be letters, digits and underscores, and begin with no digit'],
  ['A=1\nB="open\n', '2:3 the quote " is not closed'],
  ["A='x' y", '1:6 there is text behind the closing quote'],
  ['A=pass#word', '1:7 readers of such files differ about this #: put the value in quotes'],
  ['A=#x', '1:3 readers of such files differ about this #: put the value in quotes'],
  ['=x', '1:1 must be NAME=value'],
])('%j is a mistake', (text, message) => {
  expect(told(text)).toEqual([message]);
});

test('what is right beside a mistake is read, and no mistake repeats a value', () => {
  const { variables, mistakes } = parseEnvFile('A=1\nB=hush#hush\nC=3');
  expect(Object.fromEntries(variables)).toEqual({ A: '1', C: '3' });
  expect(JSON.stringify(mistakes)).not.toContain('hush');
});
