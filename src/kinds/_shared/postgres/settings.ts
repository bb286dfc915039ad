import { type ServerOptions, sizeInKb } from './options.ts';

/** A setting of the server and its value, as `-c name=value` takes them. */
export type Setting = readonly [name: string, value: string];

/** What both runtimes give to the server; the service's own `settings` come last and win. */
export function serverSettings(options: ServerOptions): readonly Setting[] {
  return [
    ['max_connections', String(options.maxConnections)],
    ['shared_buffers', `${sizeInKb(options.sharedBuffers)}kB`],
    ['work_mem', `${sizeInKb(options.workMem)}kB`],
    ['max_wal_size', `${sizeInKb(options.maxWalSize)}kB`],
    ['log_min_duration_statement', String(options.slowQueryMs)],
    ['timezone', 'UTC'],
    ['log_timezone', 'UTC'],
    ...Object.entries(options.settings).map(([name, value]): Setting => [name, settingText(value)]),
  ];
}

export function settingArguments(settings: readonly Setting[]): readonly string[] {
  return settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** For the start script: `name=value`, one a line. */
export function settingLines(settings: readonly Setting[]): string {
  return settings.map(([name, value]) => `${name}=${value}\n`).join('');
}

function settingText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}
