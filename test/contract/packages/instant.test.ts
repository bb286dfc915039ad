import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { parseInstant } from '../../../packages/service-kit/src/instant.ts';

test('the time zone of the machine makes no difference', () => {
  const file = fileURLToPath(new URL('../../../packages/service-kit/src/instant.ts', import.meta.url));
  const texts = ['2026-06-01', '2026-03-29T02:30Z', '2026-10-25T02:30+02:00', '2026-06-01T02:30'];
  const { code } = transformSync(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm' });
  const program = `${code}\nfor (const text of ${JSON.stringify(texts)}) console.log(JSON.stringify(parseInstant(text)));`;
  const seen = ['UTC', 'America/New_York', 'Asia/Kathmandu', 'Europe/Berlin'].map((zone) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { ...process.env, TZ: zone },
    }),
  );
  expect(new Set(seen)).toEqual(new Set([texts.map((text) => `${JSON.stringify(parseInstant(text))}\n`).join('')]));
});
