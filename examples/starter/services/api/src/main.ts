import process from 'node:process';
import { Pool } from 'pg';
import { createApp, readJson, runService, serve, setting, settingsSchema } from 'stackctl/service-kit';
import * as z from 'zod';

const order = z.object({ id: z.uuid(), customer: z.string().min(1), amount: z.number().positive() });

const INSERT = 'INSERT INTO orders (id, customer, amount) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING';

await runService(process, {
  name: 'api',
  settings: settingsSchema(3000, { DATABASE_URL: setting.text() }),
  start: async ({ settings, log }) => {
    const database = new Pool({ connectionString: settings.DATABASE_URL, max: 8, connectionTimeoutMillis: 1000 });
    database.on('error', (error) => log.warn('a connection to the database broke', { error: error.message }));
    const app = createApp({
      log,
      checks: [{ name: 'database', check: async () => void (await database.query('SELECT 1')) }],
    });
    app.post('/orders', async (context) => {
      const { id, customer, amount } = await readJson(context, order);
      await database.query(INSERT, [id, customer, amount]);
      return context.json({ id }, 201);
    });
    const server = await serve(app, { host: settings.HOST, port: settings.PORT, log });
    return [server, { name: 'database', stop: () => database.end() }];
  },
});
