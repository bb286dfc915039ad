import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/lib/sha256.ts';
import { WORD_LISTS, wordsOf } from '../../src/traffic/words/lists.ts';

/** A list that was published stays as it is: a seed means the same events in every version. Other words are a list with another name. */
const FROZEN: Readonly<Record<string, string>> = {
  'first-names-1': '6f7a91568edd8e91203bdce29cb2ff9d0cfab39f1f3e085d86190dfa3cdfe4a8',
  'last-names-1': 'e7ea35b09a0be5f42d679a548916af0f36d218d6d1daee1ce751f396ac5b45fe',
  'cities-1': 'e3f316810bb3b89334a165c5488741d9c95e601140f4f0de57eaadfaa656d9cc',
  'nouns-1': 'ef1298544eafeb48abafdf3f4b99a8e39d1fb186ca8697fe923aa436d588109f',
  'adjectives-1': 'd974a98d9493492bae1766116056680774cf92851ee14cc830a82a6cffcd365e',
};

test('every list that was published is still there, word for word', () => {
  expect(Object.fromEntries(WORD_LISTS.map((list) => [list, sha256(wordsOf(list).join('\n'))]))).toEqual(FROZEN);
});

test('docs/traffic.md says how many words each has', async () => {
  const docs = await readFile(new URL('../../docs/traffic.md', import.meta.url), 'utf8');
  const rows = [...docs.matchAll(/^\| `([a-z-]+-\d+)` \| (\d+) /gm)].map(([, list, count]) => [list, Number(count)]);
  expect(rows).toEqual(WORD_LISTS.map((list) => [list, wordsOf(list).length]));
});

describe.each(WORD_LISTS)('%s', (list) => {
  const words = wordsOf(list);

  test('has its version in its name, and 100 to 200 words, each once', () => {
    expect(list).toMatch(/^[a-z]+(-[a-z]+)*-[1-9]\d*$/);
    expect(words.length).toBeGreaterThanOrEqual(100);
    expect(words.length).toBeLessThanOrEqual(200);
    expect(new Set(words).size).toBe(words.length);
  });

  test('has words that may stand in JSON, CSV and a line of text as they are, some of them with accents', () => {
    expect(words.filter((word) => !/^\p{L}[\p{L}' -]*\p{L}$/u.test(word) || word !== word.normalize('NFC'))).toEqual(
      [],
    );
    expect(words.filter((word) => /[^ -~]/.test(word)).length).toBeGreaterThan(0);
    expect(words.filter((word) => /^[ -~]+$/.test(word)).length).toBeGreaterThan(words.length / 2);
  });
});
