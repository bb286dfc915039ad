import { VERSION } from '../version.ts';
import type { CommandModule } from './line/command.ts';

export const configure: CommandModule['configure'] = () => undefined;

export const run: CommandModule['run'] = async () => {
  const versions = {
    stackctl: VERSION,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
  const text = Object.entries(versions)
    .map(([name, version]) => `${name.padEnd(8)} ${version}`)
    .join('\n');
  return { data: versions, text };
};
