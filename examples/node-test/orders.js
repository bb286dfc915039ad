/** The program under test: orders in PostgreSQL. */
export async function createOrders(client) {
  await client.query('CREATE TABLE orders (id serial PRIMARY KEY, article text NOT NULL)');
  return {
    place: async (article) =>
      (await client.query('INSERT INTO orders (article) VALUES ($1) RETURNING id', [article])).rows[0].id,
    count: async () => Number((await client.query('SELECT count(*) FROM orders')).rows[0].count),
  };
}
