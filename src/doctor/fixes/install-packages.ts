import { StackctlError } from '../../errors.ts';
import { withoutServiceStarts } from '../service-policy.ts';
import { type Ended, type RunOptions, runProgram } from './run-program.ts';
import { serviceUnits } from './service-units.ts';

export interface InstallInput {
  readonly packages: readonly string[];
  /** Folder of policy-rc.d. */
  readonly policyFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Installs Debian packages without starting a server of theirs, now or at the next boot. Servers that ran before are not
 * touched: only packages that this call brings in are looked at.
 * An interrupt ends the download; once packages are being unpacked it waits until that is done.
 * @throws E_BINARY_MISSING with the last lines of apt-get.
 */
export async function installPackages({ packages, policyFolder, env, signal }: InstallInput): Promise<void> {
  const environment = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
  const interruptible = { environment, signal };
  const before = await installed(interruptible);
  // One broken source among many fails the update; what is needed may be known all the same.
  const update = await apt(['update'], interruptible);
  const download = await apt(['install', '--download-only', ...packages], interruptible);
  if (download.code !== 0) throw aptFailed(packages, [update, download]);
  const install = await withoutServiceStarts(policyFolder, () =>
    apt(['install', '--no-download', ...packages], { environment }),
  );
  const brought = [...(await installed({ environment }))].filter((name) => !before.has(name));
  await keepOff(brought, environment);
  if (install.code !== 0) throw aptFailed(packages, [install]);
  signal.throwIfAborted();
}

type AptOptions = Omit<RunOptions, 'hint'>;

function run(program: string, args: readonly string[], options: AptOptions): Promise<Ended> {
  const hint = 'Install the packages by hand; stackctl doctor prints their names.';
  return runProgram(program, args, { ...options, hint });
}

function apt([verb, ...rest]: readonly [string, ...string[]], options: AptOptions): Promise<Ended> {
  const flags = ['-q=2', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=60'];
  const install = verb === 'install' ? ['--yes', '--no-install-recommends'] : [];
  return run('apt-get', [...flags, verb, ...install, ...rest], options);
}

function aptFailed(packages: readonly string[], runs: readonly Ended[]): StackctlError {
  const lines = runs.flatMap(({ output }) => output.trim().split('\n'));
  // Its errors; the rest of what it says only where there are none.
  const errors = [...new Set(lines.filter((line) => line.startsWith('E: ')))];
  const log = (errors.length > 0 ? errors : lines).slice(-20);
  return new StackctlError('E_BINARY_MISSING', `apt-get could not install ${packages.join(' ')}:\n${log.join('\n')}`, {
    hint: `Fix what apt-get says and run the command again; or install by hand: apt-get install ${packages.join(' ')}`,
    details: { log: lines.slice(-20) },
  });
}

/** Names of the packages whose files are in place. */
async function installed(options: AptOptions): Promise<ReadonlySet<string>> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
  const { output } = await run('dpkg-query', ['-W', '-f', '${binary:Package} ${db:Status-Status}\n'], options);
  return new Set(output.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0] ?? ''] : [])));
}

/** policy-rc.d denies a start now; the units are enabled all the same and would start at the next boot. */
async function keepOff(packages: readonly string[], environment: AptOptions['environment']): Promise<void> {
  if (packages.length === 0) return;
  const { output } = await run('dpkg-query', ['-L', ...packages], { environment });
  for (const unit of serviceUnits(output.split('\n'))) {
    // deb-systemd-helper and update-rc.d come with every Debian, systemctl does not.
    await run('deb-systemd-helper', ['disable', unit], { environment });
    await run('update-rc.d', [unit.replace(/\.(service|socket)$/, ''), 'disable'], { environment });
  }
}
