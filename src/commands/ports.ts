import { table } from '../output/table.ts';
import { instancesOf } from '../stack/model.ts';
import type { CommandModule } from './command.ts';
import { open } from './session.ts';

interface Row {
  readonly instance: string;
  readonly port: string;
  readonly host: number;
  readonly inside: number;
}

export const configure: CommandModule['configure'] = (command) => {
  command.argument('[stack]', 'the project of this stack; default: the only project of this folder');
};

/** Reads the record only: it works while nothing runs. */
export const run: CommandModule['run'] = async (context, args) => {
  const [stackRef] = args;
  const { record, resolve, identity } = await open(context, stackRef, 'existing');
  const stack = resolve(record?.runtime ?? 'process');
  const rows = instancesOf(stack).flatMap(({ name, ports }) =>
    ports.map((port): Row => ({ instance: name, port: port.name, host: port.host, inside: port.inside })),
  );
  return {
    data: { project: identity.name, network: stack.network ?? null, ports: rows },
    text: table<Row>(
      [
        { title: 'instance', cell: ({ instance }) => instance },
        { title: 'port', cell: ({ port }) => port },
        { title: 'on this machine', cell: ({ host }) => `127.0.0.1:${host}` },
        { title: 'inside', cell: ({ inside }) => String(inside), align: 'right' },
      ],
      rows,
    ),
  };
};
