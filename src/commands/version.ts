import type { CommandModule } from './line/command.ts';
import { versions } from './session/versions.ts';

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async () => {
  const found = versions();
  const text = Object.entries(found)
    .map(([name, version]) => `${name.padEnd(8)} ${version}`)
    .join('\n');
  return { data: found, text };
};
