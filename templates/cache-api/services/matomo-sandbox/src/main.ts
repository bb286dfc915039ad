import process from 'node:process';
import { runService, serve } from 'stackctl/service-kit';
import { createSandbox } from './app.ts';
import { openLedger } from './ledger.ts';
import { settings } from './settings.ts';

await runService(process, {
  name: 'matomo-sandbox',
  settings,
  start: async ({ settings, log }) => {
    const ledger = await openLedger({ folder: settings.STACKCTL_VOLUME_DATA });
    const app = createSandbox({ token: settings.MATOMO_TOKEN, ledger, log });
    const server = await serve(app, { host: settings.HOST, port: settings.PORT, log });
    return [server, { name: 'ledger', stop: ledger.close }];
  },
});
