import { describe, expect, test } from 'vitest';
import { fixedPortNotes } from '../../src/adopt/plan/fixed-port.ts';
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
    ['postgres://u:p@ss@db/x', 'postgres://u:p@ss@<db ->/x'],
    ['amqp://u:p@db:1,u:q@kafka:2', 'amqp://u:p@<db 1>,u:q@<kafka 2>'],
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
    [['CMD', 'python', '-c', "import urllib.request; urllib.request.urlopen('http://localhost:8000/health')"], http],
    [
      ['CMD-SHELL', `python3 -c "import requests; requests.get('http://127.0.0.1:8000/health', timeout=2)" || exit 1`],
      http,
    ],
    [['CMD', 'node', '-e', "fetch('http://localhost:8000/health').then(r => process.exit(r.ok ? 0 : 1))"], http],
    [
      [
        'CMD',
        'node',
        '-e',
        "require('node:http').get('http://localhost:8000/health', r => process.exit(r.statusCode === 200 ? 0 : 1))",
      ],
      http,
    ],
    [['CMD', 'ruby', '-rnet/http', '-e', "Net::HTTP.get(URI('http://localhost:8000/health'))"], http],
    [['CMD', 'php', '-r', "file_get_contents('http://localhost:8000/health') ?: exit(1);"], http],
    [['CMD', '/usr/bin/curl', '--retry', '3', '-f', 'http://localhost:8000/health', '-o', '/dev/null'], http],
    [['CMD', 'sh', '-c', 'wget -qO- http://localhost:8000/health > /dev/null || exit 1'], http],
    [['NONE'], undefined],
    [undefined, undefined],
  ])('%j', (check, readiness) => {
    expect(readinessOf({ healthcheck: check, healthcheckTimeoutS: undefined }, ports)).toEqual(readiness);
  });
});

test.each([
  [undefined, {}],
  [2, {}],
  [10, { timeoutS: 10 }],
  [600, { timeoutS: 60 }],
])('a check by a program that may take %s s', (healthcheckTimeoutS, time) => {
  const healthcheck = ['CMD', 'rabbitmq-diagnostics', 'ping'];
  expect(readinessOf({ healthcheck, healthcheckTimeoutS }, new Map())).toEqual({
    type: 'exec',
    command: ['rabbitmq-diagnostics', 'ping'],
    ...time,
  });
});

test.each([
  `python -c "assert b'ok' in urlopen('http://localhost:8000/health').read()"`,
  `python -c "exit(get('http://localhost:8000/health').text != 'ok')"`,
  `python -c "urlopen('http://localhost:8000/health'); urlopen('http://localhost:8000/more')"`,
  `python -c "urlopen('http://localhost:8000/health'); urlopen('https://example.com')"`,
  `python -c "urlopen('http://localhost:8000/' + path)"`,
  `python -c "post('http://localhost:8000/health', data='x')"`,
  `node -e "fetch('http://localhost:' + process.env.PORT + '/health')"`,
  `node -e "fetch('http://localhost:8000/health', {method: 'POST'})"`,
  `node -e "get('http://localhost:8000/health', r => process.exit(r.statusCode === 401 ? 0 : 1))"`,
  `node -e "get('http://localhost:8000/health', r => process.exit(r.statusCode >= 500 ? 1 : 0))"`,
  'curl -u me:pw http://localhost:8000/health -f',
  'curl -f http://localhost:8000/health && test -f /ready',
  'curl -f http://db:8000/health -s',
  'curl -f http://localhost:8000/health -o - | jq .ok',
  'python check.py http://localhost:8000/health',
])('%s is more than a GET of its own service', (text) => {
  expect(
    readinessOf({ healthcheck: ['CMD-SHELL', text], healthcheckTimeoutS: undefined }, new Map([[8000, 'http']])),
  ).toMatchObject({ type: 'exec' });
});

test.each([
  ['gunicorn -b 0.0.0.0:8080 app', ['port 8080', '$PORT there']],
  ['serve --port=8080 -p 9090', ['port 8080', 'port 9090', '$PORT_ADMIN_UI there']],
  ['serve -p8080', ['port 8080']],
  ['curl http://localhost:9090/', ['port 9090']],
  ['consume broker:8080', []],
  ['serve 18080 8080.5 8080ms', []],
])('%s: a port that is a number', (text, parts) => {
  const ports = [
    { name: 'http', inside: 8080, outside: 8080 },
    { name: 'admin-ui', inside: 9090, outside: 9091 },
  ];
  const notes = fixedPortNotes('its command', [text], ports);
  expect(notes.length).toBe(parts.filter((part) => part.startsWith('port')).length);
  for (const part of parts) expect(notes.join('\n')).toContain(part);
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
    ['postgres://u:p@ss@h:1/x?mail=a@b.c', 'postgres://u:{{urlPassword}}@h:1/x?mail=a@b.c', ['p@ss']],
    ['postgres://u:@p@@h/x', 'postgres://u:{{urlPassword}}@h/x', ['@p@']],
    ['u:p@ss@tcp(h:1)/x', 'u:{{urlPassword}}@tcp(h:1)/x', ['p@ss']],
    ['smtp://me@example.com:p@ss@h:25', 'smtp://me@example.com:{{urlPassword}}@h:25', ['p@ss']],
    ['mongodb://u:p@ss@a:1,b:2/x', 'mongodb://u:{{urlPassword}}@a:1,b:2/x', ['p@ss']],
    ['redis://u:@h/x', 'redis://u:@h/x', []],
    ['http://me@a:1,me@b:2', 'http://me@a:1,me@b:2', []],
    ['amqp://u:one@a:1,amqp://u:two@b:2', 'amqp://u:{{urlPassword}}@a:1,amqp://u:{{urlPassword2}}@b:2', ['one', 'two']],
  ])('a password goes to the last @ before the host: %s', (text, hidden, passwords) => {
    const book = new SecretBook();
    expect(book.hide('URL', text, 'web')).toBe(hidden);
    expect(book.values().map((value) => value.text)).toEqual(passwords);
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
