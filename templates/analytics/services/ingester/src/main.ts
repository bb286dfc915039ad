import { hostname } from 'node:os';
import process from 'node:process';
import { runService } from '../../../../../src/service-kit/run.ts';
import { startIngester } from './ingester.ts';
import { ingesterSettings } from './settings.ts';

await runService(process, {
  name: 'ingester',
  settings: ingesterSettings,
  start: ({ settings, log }) => startIngester(settings, log, `${hostname()}-${process.pid}`),
});
