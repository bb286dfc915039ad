import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installPackages } from '../../../src/doctor/fixes/install-packages.ts';
import { leftBehindPolicy, restorePolicy } from '../../../src/doctor/service-policy.ts';
import { poll } from '../../../src/lib/poll.ts';
import { patience } from '../../support/wait-for.ts';

let folder: string;
const at = (name: string): string => join(folder, name);
const policy = (): string => at('policy-rc.d');
const log = async (): Promise<readonly string[]> => (await readFile(at('log'), 'utf8')).trim().split('\n');
const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

/** Programs that note how they were called, and whether the policy denies a start at that moment. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stackctl-doctor-'));
  const note = `#!/bin/sh\ncd '${folder}'\n[ "$(sh ./policy-rc.d 2>/dev/null; echo $?)" = 101 ] && p=denied || p=allowed\n`;
  await program(
    'apt-get',
    `${note}echo "$DEBIAN_FRONTEND $p apt-get $*" >>log\ncase "$*" in *update*) [ ! -f stale ] || exit 100 ;; *--no-download*) echo new >installed; [ ! -f fail ] || { echo "E: broken"; exit 100; }; touch unpacking; [ ! -f slow ] || sleep 0.3 ;; esac\n`,
  );
  await program(
    'dpkg-query',
    `#!/bin/sh\ncd '${folder}'\ncase "$*" in *-L*) echo /lib/systemd/system/new.service ;; *) echo 'old installed'; echo 'half half-configured'; [ ! -f installed ] || echo 'new installed' ;; esac\n`,
  );
  for (const name of ['deb-systemd-helper', 'update-rc.d']) await program(name, `${note}echo "${name} $*" >>log\n`);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<void> {
  await writeFile(at(name), text);
  await chmod(at(name), 0o755);
}

function install(signal: AbortSignal = new AbortController().signal): Promise<void> {
  return installPackages({ packages: ['new'], policyFolder: folder, env: { PATH: `${folder}:/usr/bin:/bin` }, signal });
}

test('starts are denied while packages are unpacked, their services are kept from starting at boot', async () => {
  await install();
  const flags = '-q=2 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=60';
  expect(await log()).toEqual([
    `noninteractive allowed apt-get ${flags} update`,
    `noninteractive allowed apt-get ${flags} install --yes --no-install-recommends --download-only new`,
    `noninteractive denied apt-get ${flags} install --yes --no-install-recommends --no-download new`,
    'deb-systemd-helper disable new.service',
    'update-rc.d new disable',
  ]);
  expect(await isThere(policy())).toBe(false);
});

describe('the policy that was there before', () => {
  const theirs = '#!/bin/sh\nexit 104\n';
  beforeEach(() => writeFile(policy(), theirs));

  test('is put back', async () => {
    await install();
    expect(await readFile(policy(), 'utf8')).toBe(theirs);
    expect((await readdir(folder)).filter((name) => name.startsWith('policy'))).toEqual(['policy-rc.d']);
  });

  test('is put back when the installation fails, and the error has the last words of apt-get', async () => {
    await writeFile(at('fail'), '');
    await expect(install()).rejects.toMatchObject({
      code: 'E_BINARY_MISSING',
      message: expect.stringContaining('E: broken'),
    });
    expect(await readFile(policy(), 'utf8')).toBe(theirs);
  });

  test('is put back after an interrupt, which does not stop the unpacking half way', async () => {
    await writeFile(at('slow'), '');
    const interrupt = new AbortController();
    const ended = install(interrupt.signal);
    const outcome = expect(ended).rejects.toThrow('interrupted');
    await poll(async () => (await isThere(at('unpacking'))) || undefined, {
      everyMs: 10,
      signal: patience(),
    });
    interrupt.abort(new Error('interrupted'));
    await outcome;
    expect(await readFile(policy(), 'utf8')).toBe(theirs);
    expect(await log()).toContain('update-rc.d new disable');
  });

  test('is nobody else’s business: it is not taken for one of ours', async () => {
    expect(await leftBehindPolicy(folder)).toBeUndefined();
    await restorePolicy(folder);
    expect(await readFile(policy(), 'utf8')).toBe(theirs);
  });

  test('is put back by the next run when this one was killed half way', async () => {
    await writeFile(`${policy()}.kept-by-stackctl-doctor`, theirs);
    await rm(policy());
    expect(await leftBehindPolicy(folder)).toBe(policy());
    await restorePolicy(folder);
    expect(await readFile(policy(), 'utf8')).toBe(theirs);
    expect(await leftBehindPolicy(folder)).toBeUndefined();
  });
});

test('a package source that fails does not stop what another one has', async () => {
  await writeFile(at('stale'), '');
  await install();
  expect((await log()).at(-1)).toBe('update-rc.d new disable');
});

test('an interrupt before anything is unpacked leaves everything as it was', async () => {
  await expect(install(AbortSignal.abort(new Error('interrupted')))).rejects.toThrow('interrupted');
  expect(await isThere(at('log'))).toBe(false);
  expect(await isThere(policy())).toBe(false);
});
