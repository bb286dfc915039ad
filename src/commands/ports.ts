import { table } from '../output/table.ts';
import type { Service, Stack } from '../stack/model.ts';
import { areReplicas, replicaPorts } from '../stack/replicas.ts';
import type { CommandModule } from './command.ts';
import { open } from './session.ts';

interface Row {
  readonly instance: string;
  readonly port: string;
  /** Null for a replica: the Engine gives it one of `range`, and `status` says which. */
  readonly host: number | null;
  /** First and last. */
  readonly range: readonly [number, number] | null;
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
  const rows = stack.services.flatMap((service) =>
    rowsOf(service, areReplicas(stack.runtime, service)).filter(({ port }) => !isHidden(stack, service, port)),
  );
  return {
    data: { project: identity.name, network: stack.network ?? null, ports: rows },
    text: table<Row>(
      [
        { title: 'instance', cell: ({ instance }) => instance },
        { title: 'port', cell: ({ port }) => port },
        { title: 'on this machine', cell: ({ host, range }) => `127.0.0.1:${host ?? range?.join('-')}` },
        { title: 'inside', cell: ({ inside }) => String(inside), align: 'right' },
      ],
      rows,
    ),
  };
};

function rowsOf({ instances }: Service, replicas: boolean): readonly Row[] {
  const first = instances[0]?.ports ?? [];
  return instances.flatMap(({ name, ports }) =>
    ports.map((port, index): Row => {
      const common = { instance: name, port: port.name, inside: port.inside };
      if (!replicas) return { ...common, host: port.host, range: null };
      return { ...common, host: null, range: replicaPorts(first[index]?.host ?? port.host) };
    }),
  );
}

/** In Docker nobody reaches it from outside its container: it has no port on this machine. */
function isHidden({ runtime }: Stack, { kind }: Service, port: string): boolean {
  return runtime === 'docker' && kind.ports.some(({ name, published }) => name === port && published === false);
}
