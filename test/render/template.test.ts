import { describe, expect, test } from 'vitest';
import { StackctlError } from '../../src/errors.ts';
import { Secret } from '../../src/lib/secret.ts';
import { fillTemplate } from '../../src/render/template.ts';
import type { TemplateVariables } from '../../src/stack/contract/files.ts';

const fill = (text: string, variables: TemplateVariables = {}): string =>
  fillTemplate({ path: 'a.tmpl', text }, variables).text;

function problems(text: string, variables: TemplateVariables = {}): unknown {
  try {
    fill(text, variables);
  } catch (error) {
    if (error instanceof StackctlError && error.code === 'E_STACK_INVALID') return error.details.problems;
    throw error;
  }
  return undefined;
}

describe('values', () => {
  test.each([
    ['port {{port}}', 'port 6379'],
    ['{{ port }}{{port}}', '63796379'],
    ['{{on}} {{name}}', 'true a $& b'],
    ['no tag { } {{', 'no tag { } {{'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(fill(text, { port: 6379, on: true, name: 'a $& b' })).toBe(expected);
  });

  test('what a value holds is not filled again', () => {
    expect(fill('{{a}}', { a: '{{b}}', b: 'no' })).toBe('{{b}}');
  });
});

describe('blocks', () => {
  test('a block tag alone on its line leaves no line behind', () => {
    expect(fill('a\n{{#each list}}\nsave {{this}}\n{{/each}}\nb\n', { list: ['1 2', '3 4'] })).toBe(
      'a\nsave 1 2\nsave 3 4\nb\n',
    );
    expect(fill('a\n  {{#each list}}  \nx\n  {{/each}}\nb\n', { list: [] })).toBe('a\nb\n');
  });

  test('on one line', () => {
    expect(fill('[{{#each list}}{{this}},{{/each}}]', { list: [1, 2] })).toBe('[1,2,]');
  });

  test('fields of the item come before the variables of the template', () => {
    const list = [{ name: 'a', port: 1 }, { name: 'b' }];
    expect(fill('{{#each list}}{{name}}:{{port}} {{/each}}', { list, port: 9 })).toBe('a:1 b:9 ');
  });

  test('several blocks', () => {
    const text = '{{#each a}}<{{this}}>{{/each}}-{{#each b}}({{this}}){{/each}}';
    expect(fill(text, { a: [1, 2], b: [3] })).toBe('<1><2>-(3)');
  });
});

test('a secret is written out and marks the text, also inside a block, and only when it is used', () => {
  const password = new Secret('s3cret');
  const secret = (text: string): boolean =>
    fillTemplate({ path: 'a', text }, { password, list: [password], none: [] }).secret;
  expect(fill('{{password}}', { password })).toBe('s3cret');
  expect(secret('{{password}}')).toBe(true);
  expect(secret('{{#each list}}{{this}}{{/each}}')).toBe(true);
  expect(secret('{{#each none}}{{password}}{{/each}}')).toBe(false);
});

describe('mistakes', () => {
  test('all at once, each with line and column', () => {
    expect(problems('a {{nope}}\n  {{two}}\n{{#each x}}\n{{/each}}\n', { port: 1 })).toEqual([
      'a.tmpl:1:3: nothing is called {{nope}}',
      'a.tmpl:2:3: nothing is called {{two}}',
      'a.tmpl:3:1: {{#each x}} names no list',
    ]);
  });

  test.each([
    ['{{#each list}}\nx', ['a.tmpl:1:1: {{#each list}} is never closed']],
    ['{{#each port}}{{/each}}', ['a.tmpl:1:1: {{#each port}} names no list']],
    ['{{list}}', ['a.tmpl:1:1: {{list}} is a list: write {{#each list}} … {{this}} … {{/each}}']],
    ['x{{/each}}', ['a.tmpl:1:2: nothing is called {{/each}}']],
    ['{{this}}', ['a.tmpl:1:1: nothing is called {{this}}']],
    ['{{toString}}', ['a.tmpl:1:1: nothing is called {{toString}}']],
    ['{{my-port}} {{a.b}}', ['a.tmpl:1:1: nothing is called {{my-port}}', 'a.tmpl:1:13: nothing is called {{a.b}}']],
    ['{{#if port}}', ['a.tmpl:1:1: nothing is called {{#if port}}']],
  ])('%j', (text, expected) => expect(problems(text, { list: [1, 2], port: 1 })).toEqual(expected));

  test('inside a block the place is that of the template, once for all items', () => {
    expect(problems('a\n{{#each list}}\n  b {{nope}}\n{{/each}}\n', { list: [1, 2] })).toEqual([
      'a.tmpl:3:5: nothing is called {{nope}}',
    ]);
  });

  test('the hint names what there is', () => {
    expect(() => fill('{{x}}', { b: 1, a: 2 })).toThrow(expect.objectContaining({ hint: 'Known names: a, b.' }));
  });
});

describe('where a place of the filled text comes from', () => {
  const template = 'port {{port}}\n{{#each list}}\nsave {{this}} x\n{{/each}}\nend\n';
  const { text, origin } = fillTemplate({ path: 'a.tmpl', text: template }, { port: 6379, list: ['1 2', '3'] });

  test.each([
    ['port', 1, 1],
    ['379', 1, 6],
    ['save 1', 3, 1],
    ['2 x', 3, 6],
    ['x\nsave', 3, 15],
    ['save 3', 3, 1],
    ['3 x', 3, 6],
    ['end', 5, 1],
  ])('%j', (found, line, column) => {
    const before = text.slice(0, text.indexOf(found)).split('\n');
    const place = origin(before.length, (before.at(-1) ?? '').length + 1);
    expect(place).toEqual({ file: 'a.tmpl', line, column });
  });

  test('a place of an empty text', () => {
    expect(fillTemplate({ path: 'a.tmpl', text: '' }, {}).origin(1, 1)).toEqual({ file: 'a.tmpl', line: 1, column: 1 });
  });
});
