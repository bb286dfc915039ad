import process from 'node:process';
import { runService } from 'stackctl/service-kit';
import { settings } from './settings.ts';
import { start } from './start.ts';

await runService(process, { name: 'opalmind-api', settings, start });
