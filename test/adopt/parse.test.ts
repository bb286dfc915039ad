import { expect, test } from 'vitest';
import { parseCompose } from '../../src/adopt/read/parse.ts';

const read = (text: string) => parseCompose(text, 'compose.yaml', () => undefined);

/** Services of the same parts: each names the same limit thirty times. */
function shared(services: number): string {
  const names = Array.from({ length: services }, (_, index) => `  worker-${index}: {<<: *worker, command: "${index}"}`);
  return [
    'x-limit: &limit "1"',
    `x-worker: &worker {image: "example/worker:1", labels: [${Array(30).fill('*limit')}]}`,
    'services:',
    ...names,
  ].join('\n');
}

test('a file with many services made of the same parts is read', () => {
  const { problems, value } = read(shared(60));
  expect(problems).toEqual([]);
  expect(Object.keys((value as { services: object }).services)).toHaveLength(60);
});

test('aliases that multiply without end are refused', () => {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`)}]`,
  );
  const { problems } = read(['l0: &l0 [x]', ...levels].join('\n'));
  expect(problems.map(({ message }) => message).join()).toMatch(/alias/);
});
