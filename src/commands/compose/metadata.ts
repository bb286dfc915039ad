import { EXIT } from '../../errors.ts';
import type { CommandModule } from '../line/command.ts';
import { DOWN_PARAMETERS, UP_PARAMETERS } from './options.ts';

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async ({ stdout }) => {
  const metadata = {
    description: 'A stack of stackctl as one service: servers with replication, schema and health checks',
    up: { parameters: UP_PARAMETERS },
    down: { parameters: DOWN_PARAMETERS },
  };
  stdout.write(`${JSON.stringify(metadata, undefined, 2)}\n`);
  return { exitCode: EXIT.ok };
};
