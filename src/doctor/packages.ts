import type { Diagnosis } from '../stack/contract/needs.ts';
import type { PackageNames, SystemFact } from './facts.ts';

/** Packages of the server programs that a runtime reports as missing (`binary:<name>`), each once, in order. */
export function missingPackages(
  diagnoses: readonly Diagnosis[],
  packages: ReadonlyMap<string, PackageNames>,
): readonly PackageNames[] {
  return diagnoses
    .filter(({ verdict }) => verdict === 'fail')
    .flatMap(({ id }) => packages.get(id.replace(/^binary:/, '')) ?? []);
}

export function debianNames(packages: readonly PackageNames[]): readonly string[] {
  return [...new Set(packages.flatMap(({ debian }) => debian))];
}

/** Whether doctor installs by itself: as root, with the package manager that it knows how to keep quiet. */
export function canInstall({ platform, distributions, isRoot }: SystemFact): boolean {
  return platform === 'linux' && isRoot && isDebian(distributions.slice(0, 1));
}

/** What a user types on this system. Elsewhere than on Debian the names are those of Homebrew, which upstream uses too. */
export function installCommand(packages: readonly PackageNames[], system: SystemFact): string {
  const brew = [...new Set(packages.map((entry) => entry.brew))].join(' ');
  if (system.platform === 'darwin') return `brew install ${brew}`;
  const sudo = system.isRoot ? '' : 'sudo ';
  if (isDebian(system.distributions)) return `${sudo}apt-get install ${debianNames(packages).join(' ')}`;
  const manager = system.distributions.map((id) => MANAGERS[id]).find((found) => found !== undefined);
  if (manager !== undefined) return `${sudo}${manager} ${brew}`;
  return `install ${brew} with the package manager of this system`;
}

const MANAGERS: Readonly<Record<string, string | undefined>> = {
  alpine: 'apk add',
  fedora: 'dnf install',
  rhel: 'dnf install',
  arch: 'pacman -S',
  suse: 'zypper install',
};

function isDebian(distributions: readonly string[]): boolean {
  return distributions.some((id) => id === 'debian' || id === 'ubuntu');
}

/** `ID` and `ID_LIKE` of /etc/os-release, see os-release(5). */
export function distributionsIn(osRelease: string): readonly string[] {
  const read = (key: string): string => new RegExp(`^${key}=(["']?)(.*)\\1$`, 'm').exec(osRelease)?.[2] ?? '';
  return `${read('ID')} ${read('ID_LIKE')}`.split(' ').filter((word) => word !== '');
}
