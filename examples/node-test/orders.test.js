import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { up } from 'stackctl';
import { createOrders } from './orders.js';

let stack;
let client;

before(async () => {
  stack = await up('postgres', { values: { postgresDatabase: 'shop' } });
  client = new pg.Client({ connectionString: stack.connection('postgres').url });
  await client.connect();
});

after(async () => {
  await client?.end();
  await stack?.dispose();
});

test('an order that was placed is there', async () => {
  const orders = await createOrders(client);
  assert.equal(await orders.place('ink'), 1);
  assert.equal(await orders.count(), 1);
});
