import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settings as connector } from '../../templates/email-timing/services/connector/src/settings.ts';
import { settings as consumer } from '../../templates/email-timing/services/consumer/src/settings.ts';
import { settings as inference } from '../../templates/email-timing/services/inference/src/settings.ts';
import { ROOT } from '../support/cli.ts';
import { LOOKS } from './email-timing-lines.ts';

const folder = `${ROOT}templates/email-timing`;

test('the README has every line that the scenario runs', async () => {
  const readme = await readFile(`${folder}/README.md`, 'utf8');
  for (const { stackctl } of LOOKS) expect(readme).toContain(stackctl);
});

/** The names are the guide's: programs written for it must find their variables. */
test('the services have the variables of the guide, in the order of the guide', async () => {
  const { services } = parse(await readFile(`${folder}/stack.yaml`, 'utf8'));
  expect(Object.keys(services)).toEqual([
    'kafka',
    'clickhouse',
    'redis',
    'postgres',
    'connector',
    'consumer',
    'inference',
  ]);
  const variables = (service: string) => Object.keys(services[service].environment);
  expect(variables('connector')).toEqual(expect.arrayContaining(['Kafka__BootstrapServers', 'InferenceService__Url']));
  expect(variables('consumer')).toEqual(
    expect.arrayContaining([
      'Kafka__BootstrapServers',
      'ClickHouse__Host',
      'ClickHouse__Port',
      'ClickHouse__Database',
      'ClickHouse__User',
      'ClickHouse__Password',
    ]),
  );
  expect(variables('inference')).toEqual(
    expect.arrayContaining([
      'REDIS_HOST',
      'REDIS_PORT',
      'CLICKHOUSE_HOST',
      'CLICKHOUSE_PORT',
      'POSTGRES_HOST',
      'POSTGRES_PORT',
      'POSTGRES_DB',
      'POSTGRES_USER',
      'POSTGRES_PASSWORD',
    ]),
  );
});

/** What is not declared is in no `.env.example`, and nobody learns of it. */
test.each(Object.entries({ connector, consumer, inference }))(
  'every variable that %s reads is declared with a description',
  async (service, { shape }) => {
    const { services } = parse(await readFile(`${folder}/stack.yaml`, 'utf8'));
    const declared = services[service].environment;
    const read = Object.keys(shape).filter((name) => !['HOST', 'PORT'].includes(name));
    expect(Object.keys(declared).sort()).toEqual(read.sort());
    for (const name of read) expect(declared[name], name).toMatchObject({ description: expect.stringMatching(/\w/) });
  },
);
