import { table } from '../output/table.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { hostPorts } from '../stack/derived/published-ports.ts';
import { areReplicas, replicaPorts } from '../stack/derived/replicas.ts';
import type { CommandModule } from './line/command.ts';
import { open } from './session/open.ts';

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
  command.argument('[stack]', 'the project of this stack; without it, the only project of this folder');
};

/** Reads the record only: it works while nothing runs. */
export const run: CommandModule['run'] = async (context, args) => {
  const [stackRef] = args;
  const { stack, identity } = await open(context, stackRef, 'existing');
  const rows = stack.services.flatMap((service) => rowsOf(stack, service));
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

function rowsOf({ runtime }: Stack, service: Service): readonly Row[] {
  const [first] = service.instances;
  return service.instances.flatMap((instance) =>
    hostPorts(runtime, service, instance).map((port): Row => {
      const common = { instance: instance.name, port: port.name, inside: port.inside };
      if (!areReplicas(runtime, service)) return { ...common, host: port.host, range: null };
      const base = first?.ports.find(({ name }) => name === port.name) ?? port;
      return { ...common, host: null, range: replicaPorts(base.host) };
    }),
  );
}
