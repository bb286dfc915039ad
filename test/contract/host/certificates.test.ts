import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { run, STACKCTL } from '../../support/cli.ts';

it('Node.js starts without the certificates of the user, and what stackctl runs has them again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const spy = join(folder, 'spy.cjs');
  const variables = '[process.env.NODE_EXTRA_CA_CERTS, process.env.STACKCTL_EXTRA_CA_CERTS]';
  writeFileSync(
    spy,
    `const atStart = ${variables};
     process.on('exit', () => console.error(JSON.stringify({ atStart, after: ${variables} })));`,
  );
  const file = join(folder, 'own authorities.pem');
  const env = { ...process.env, NODE_OPTIONS: `--require "${spy}"`, NODE_EXTRA_CA_CERTS: file };
  const { code, err } = await run(STACKCTL, ['--version'], { env });
  expect(code).toBe(0);
  expect(JSON.parse(err)).toEqual({ atStart: [null, file], after: [file, null] });
});
