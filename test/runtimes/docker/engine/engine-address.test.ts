import { expect, test } from 'vitest';
import { chosenContext, engineAddresses } from '../../../../src/runtimes/docker/engine/engine-address.ts';

const context = {
  name: 'colima',
  host: 'unix:///home/u/.colima/docker.sock',
  tlsFolder: undefined,
  skipTlsVerify: false,
};

test('DOCKER_HOST is the only candidate, before any context', () => {
  const env = { DOCKER_HOST: 'tcp://127.0.0.1:2375', DOCKER_CONTEXT: 'colima', HOME: '/home/u' };
  expect(chosenContext(env, 'colima')).toBeUndefined();
  expect(engineAddresses(env, context)).toEqual([
    {
      host: 'tcp://127.0.0.1:2375',
      origin: 'DOCKER_HOST',
      tlsFolder: undefined,
      skipTlsVerify: true,
      cliEnv: { DOCKER_HOST: 'tcp://127.0.0.1:2375' },
    },
  ]);
});

test('DOCKER_TLS_VERIFY takes the certificates from DOCKER_CERT_PATH, else from the docker folder', () => {
  const env = { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_TLS_VERIFY: '1', HOME: '/home/u' };
  expect(engineAddresses(env, undefined)[0]).toMatchObject({ tlsFolder: '/home/u/.docker', skipTlsVerify: false });
  expect(engineAddresses({ ...env, DOCKER_CERT_PATH: '/certs' }, undefined)[0]).toMatchObject({ tlsFolder: '/certs' });
});

test('DOCKER_CONTEXT comes before the current context; default means the sockets', () => {
  expect(chosenContext({ DOCKER_CONTEXT: 'a' }, 'b')).toBe('a');
  expect(chosenContext({}, 'b')).toBe('b');
  expect(chosenContext({ DOCKER_CONTEXT: 'default' }, 'b')).toBeUndefined();
  expect(chosenContext({}, undefined)).toBeUndefined();
});

test('a chosen context is the only candidate, and the docker command line is given its name', () => {
  expect(engineAddresses({ HOME: '/home/u' }, context)).toEqual([
    {
      host: context.host,
      origin: 'context colima',
      tlsFolder: undefined,
      skipTlsVerify: false,
      cliEnv: { DOCKER_CONTEXT: 'colima' },
    },
  ]);
});

test('without a choice: the default socket, then rootless, the desktops, Podman', () => {
  const hosts = engineAddresses({ HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/1000' }, undefined).map(
    ({ host }) => host,
  );
  expect(hosts).toEqual([
    'unix:///var/run/docker.sock',
    'unix:///run/user/1000/docker.sock',
    'unix:///home/u/.docker/run/docker.sock',
    'unix:///home/u/.colima/default/docker.sock',
    'unix:///home/u/.orbstack/run/docker.sock',
    'unix:///home/u/.rd/docker.sock',
    'unix:///run/user/1000/podman/podman.sock',
    'unix:///run/podman/podman.sock',
  ]);
});
