import { expect, test } from 'vitest';
import { serviceUnits } from '../../src/doctor/fixes/service-units.ts';
import { distributionsIn, installCommand } from '../../src/doctor/packages.ts';

const PACKAGES = [
  { debian: ['redis-server'], brew: 'redis' },
  { debian: ['redis-tools'], brew: 'redis' },
];

test.each([
  ['linux', 'ID=debian\nVERSION_ID="12"', false, 'sudo apt-get install redis-server redis-tools'],
  ['linux', 'ID=ubuntu\nID_LIKE=debian', true, 'apt-get install redis-server redis-tools'],
  [
    'linux',
    'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"',
    true,
    'apt-get install redis-server redis-tools',
  ],
  ['linux', 'ID=fedora', false, 'sudo dnf install redis'],
  ['linux', 'ID="rocky"\nID_LIKE="rhel centos fedora"', true, 'dnf install redis'],
  ['linux', 'ID=alpine', true, 'apk add redis'],
  ['linux', "ID='arch'", false, 'sudo pacman -S redis'],
  ['linux', '', true, 'install redis with the package manager of this system'],
  ['darwin', '', false, 'brew install redis'],
] as const)('%s %j root=%s: %s', (platform, osRelease, isRoot, command) => {
  const system = { platform, isRoot, distributions: distributionsIn(osRelease) };
  expect(installCommand(PACKAGES, system)).toBe(command);
});

test('services that would start at boot: units and init scripts once, templates not', () => {
  expect(
    serviceUnits([
      '/.',
      '/etc/init.d/redis-server',
      '/lib/systemd/system/redis-server.service',
      '/lib/systemd/system/redis-server@.service',
      '/usr/lib/systemd/system/docker.socket',
      '/usr/share/doc/redis-server/x.service',
      '/etc/init.d/other',
    ]),
  ).toEqual(['redis-server.service', 'docker.socket', 'other.service']);
});
