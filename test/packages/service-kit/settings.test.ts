import { expect, test } from 'vitest';
import { readSettings, setting, settingsSchema } from '../../../packages/service-kit/src/settings.ts';
import { Secret } from '../../../src/lib/secret.ts';

const schema = settingsSchema(3000, {
  REDIS_URL: setting.url(['redis:', 'rediss:']),
  STORAGE: setting.choice(['redis', 'memory']).default('memory'),
  TTL_S: setting.integer({ min: 1, max: 100 }).default(60),
  TLS: setting.flag().default(false),
  PASSWORD: setting.secret().optional(),
});

test('defaults, and a variable that is set to nothing counts as not set', () => {
  expect(readSettings(schema, { REDIS_URL: 'redis://x', STORAGE: '', PORT: '', OTHER: 'y' }).settings).toEqual({
    HOST: '127.0.0.1',
    PORT: 3000,
    LOG_LEVEL: 'info',
    SHUTDOWN_TIMEOUT_MS: 10_000,
    REDIS_URL: 'redis://x',
    STORAGE: 'memory',
    TTL_S: 60,
    TLS: false,
  });
});

test('types', () => {
  const { settings } = readSettings(schema, { REDIS_URL: 'rediss://x:1/2', TTL_S: '7', TLS: 'on', PASSWORD: 's3cret' });
  expect(settings).toMatchObject({ TTL_S: 7, TLS: true });
  expect(settings?.PASSWORD).toBeInstanceOf(Secret);
  expect(settings?.PASSWORD?.reveal()).toBe('s3cret');
});

test('every mistake at once, without the values', () => {
  const wrong = { PORT: '70000', REDIS_URL: 'http://u:s3cret@x', STORAGE: 's3cret', TTL_S: '1e3', TLS: 's3cret' };
  const { settings, problems } = readSettings(schema, wrong);
  expect(settings).toBeUndefined();
  expect(problems).toEqual([
    { variable: 'PORT', problem: 'must be a whole number from 1 to 65535' },
    { variable: 'REDIS_URL', problem: 'must be a URL that starts with redis:// or rediss://' },
    { variable: 'STORAGE', problem: 'must be redis or memory' },
    { variable: 'TTL_S', problem: 'must be a whole number from 1 to 100' },
    { variable: 'TLS', problem: 'must be true or false' },
  ]);
  expect(readSettings(schema, {}).problems).toEqual([{ variable: 'REDIS_URL', problem: 'must be set' }]);
});
