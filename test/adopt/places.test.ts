import { describe, expect, test } from 'vitest';
import { camelCase, fittingName, serviceNames } from '../../src/adopt/plan/names.ts';
import { hostVariable, replacePlaces } from '../../src/adopt/plan/places.ts';
import { readinessOf, withVariables } from '../../src/adopt/plan/readiness.ts';
import { SecretBook } from '../../src/adopt/plan/secrets.ts';

describe('a host in a text', () => {
  const mark = (text: string) =>
    replacePlaces(text, ({ host, port }) =>
      host === 'db' || host === 'kafka' ? `<${host} ${port ?? '-'}>` : undefined,
    );

  test.each([
    ['postgres://u:p@db:5432/x', 'postgres://u:p@<db 5432>/x'],
    ['postgres://u:p@db/x?host=db', 'postgres://u:p@<db ->/x?host=<db ->'],
    ['jdbc:postgresql://db:5432/x', 'jdbc:postgresql://<db 5432>/x'],
    ['mongodb://u:p@db:1,kafka:2/x', 'mongodb://u:p@<db 1>,<kafka 2>/x'],
    ['http://db:1,http://kafka:2', 'http://<db 1>,http://<kafka 2>'],
    ['PLAINTEXT://kafka:29092,EXTERNAL://localhost:9092', 'PLAINTEXT://<kafka 29092>,EXTERNAL://localhost:9092'],
    ['kafka:9092,other:9092', '<kafka 9092>,other:9092'],
    ['u:p@tcp(db:3306)/x?parseTime=true', 'u:p@tcp(<db 3306>)/x?parseTime=true'],
    ['host=db port=5432 dbname=db', 'host=<db -> port=5432 dbname=db'],
    ['Server=db;Port=3306;Database=db', 'Server=<db ->;Port=3306;Database=db'],
    ['--address=db:5432', '--address=<db 5432>'],
    ['the db is db', 'the db is db'],
    ['/var/db:/data', '/var/db:/data'],
    ['mydb:5432 db.internal:5432', 'mydb:5432 db.internal:5432'],
    ['https://example.com/db:5432', 'https://example.com/db:5432'],
  ])('%s', (text, marked) => {
    expect(mark(text)).toBe(marked);
  });

  test('a node that is named twice afterwards is named once', () => {
    expect(replacePlaces('mongodb://a:1,b:1/x', () => 'one')).toBe('mongodb://one/x');
  });
});

test.each([
  ['DB_HOST', 'DB'],
  ['HOST', ''],
  ['DATABASE_HOSTNAME', 'DATABASE'],
  ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BOOTSTRAP'],
  ['POSTGRES_SEEDS', 'POSTGRES'],
  ['HOSTED', undefined],
  ['MODE', undefined],
])('%s expects a host: %j', (name, prefix) => {
  expect(hostVariable(name)).toBe(prefix);
});

test('names are made to fit', () => {
  expect(['my_Service.v2', 'ok', '_x_', 'constructor', '---', 'a'.repeat(60)].map(fittingName)).toEqual([
    'my-service-v2',
    'ok',
    'x',
    'constructor-service',
    'service',
    'a'.repeat(41),
  ]);
  const names = serviceNames(['redis-1', 'redis', 'my_app', 'my-app', 'kafka-1']);
  expect(Object.fromEntries(names)).toEqual({
    'redis-1': 'redis1',
    redis: 'redis',
    my_app: 'my-app-b',
    'my-app': 'my-app',
    'kafka-1': 'kafka-1',
  });
  expect(['SECRET_KEY', 'db password', '2FA_TOKEN', 'toString'].map(camelCase)).toEqual([
    'secretKey',
    'dbPassword',
    'value2faToken',
    'tostring',
  ]);
});

describe('a health check', () => {
  const ports = new Map([[8000, 'http']]);
  const http = { type: 'http', port: 'http', path: '/health' };
  test.each([
    [['CMD', 'curl', '-f', 'http://localhost:8000/health'], http],
    [['CMD', 'curl', '--fail', '-s', '-o', '/dev/null', 'http://127.0.0.1:8000/health'], http],
    [['CMD-SHELL', 'curl -f http://localhost:8000/health || exit 1'], http],
    [['CMD-SHELL', 'wget -q --spider --proxy=off localhost:8000/health || exit 1'], http],
    [['CMD-SHELL', 'wget --no-verbose --tries=1 --spider http://localhost:8000/health >/dev/null 2>&1'], http],
    [
      ['CMD', 'curl', 'http://localhost:9999/health'],
      { type: 'exec', command: ['curl', 'http://localhost:9999/health'] },
    ],
    [
      ['CMD-SHELL', "curl -s http://localhost:8000/health | grep -q 'OK' || exit 1"],
      { type: 'exec', command: ['/bin/sh', '-c', "curl -s http://localhost:8000/health | grep -q 'OK' || exit 1"] },
    ],
    [['CMD', 'pg_isready'], { type: 'exec', command: ['pg_isready'] }],
    [['NONE'], undefined],
    [undefined, undefined],
  ])('%j', (check, readiness) => {
    expect(readinessOf(check, ports)).toEqual(readiness);
  });
});

test('a health check with a secret in it asks the variable that has it', () => {
  const ask = (...command: readonly string[]) => withVariables({ type: 'exec', command }, new Map([["s3cr't", 'PW']]));
  const text = (...command: readonly string[]) => ({ type: 'exec', command: ['/bin/sh', '-c', ...command] });
  expect(ask('ping', '-u', 'a b', "-ps3cr't")).toEqual(text(`ping -u 'a b' -p"$PW"`));
  expect(ask('/bin/sh', '-c', "ping -ps3cr't || exit 1")).toEqual(text('ping -p$PW || exit 1'));
  expect(ask('ping')).toEqual({ type: 'exec', command: ['ping'] });
});

describe('secrets', () => {
  test('each text is one value, wherever it stands', () => {
    const book = new SecretBook();
    const name = book.nameOf('s3cret', 'db password', 'password of db');
    expect(name).toBe('dbPassword');
    expect(book.hide('DB_PASS', 's3cret', 'web')).toBe('{{dbPassword}}');
    expect(book.hide('URL', 'postgres://u:s3cret@h/x', 'web')).toBe('postgres://u:{{dbPassword}}@h/x');
    expect(book.hide('DSN', 'host=h password=s3cret', 'web')).toBe('host=h password={{dbPassword}}');
    expect(book.hide('GO', 'u:s3cret@tcp(h:1)/x', 'web')).toBe('u:{{dbPassword}}@tcp(h:1)/x');
    expect(book.hide('API_TOKEN', 'another', 'web')).toBe('{{apiToken}}');
    expect(book.hide('OTHER_API_TOKEN', 'another', 'web')).toBe('{{apiToken}}');
    expect(book.values().map((value) => value.name)).toEqual(['dbPassword', 'apiToken']);
  });

  test.each([
    ['ALLOW_EMPTY_PASSWORD', 'yes'],
    ['RESET_PASSWORD', ''],
    ['MODE', 's3cret'],
    ['TOKEN_EXPIRY', '3600'],
    ['MAIL', 'mailto:a@example.com'],
  ])('%s=%s is none', (variable, text) => {
    expect(new SecretBook().hide(variable, text, 'web')).toBe(text);
  });
});
