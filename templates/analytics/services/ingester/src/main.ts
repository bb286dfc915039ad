import { hostname } from 'node:os';
import process from 'node:process';
import { runService } from 'stackctl/service-kit';
import { startIngester } from './ingester.ts';
import { ingesterSettings } from './settings.ts';

await runService(process, {
  name: 'ingester',
  settings: ingesterSettings,
  // Its instance's name stays the same over a restart: it goes on at once with what it was given before it was killed.
  start: ({ settings, log }) =>
    startIngester(settings, log, settings.STACKCTL_INSTANCE ?? `${hostname()}-${process.pid}`),
});
