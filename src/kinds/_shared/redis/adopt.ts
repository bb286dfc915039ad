import { Secret } from '../../../lib/secret.ts';
import type { AdoptCapability, Adoption, ComposeService } from '../../../stack/contract/compose-service.ts';
import {
  argumentsOf,
  leftOutMounts,
  namedInCommand,
  readVariables,
  sameVersionOf,
} from '../../../stack/derived/compose-reading.ts';
import type { Product } from './products.ts';

/** How services of a Compose file that run this server are read: its flags, and the variables of Bitnami's image. */
export function adopt({ name, image, configFile }: Product): AdoptCapability {
  const [repository = name] = image.split(':');
  const other = sameVersionOf(repository);
  return {
    images: { [repository]: 'kept', [`bitnami/${name}`]: other, [`bitnamilegacy/${name}`]: other },
    read: (service) => read(service, name, configFile),
  };
}

function read(service: ComposeService, product: string, configFile: string): Adoption {
  const words = argumentsOf(service, new RegExp(`^(${product}|redis)-server$|^run\\.sh$`));
  if (words === undefined)
    return { type: 'other', why: `its command starts more than ${product}-server, or something else` };
  const variables = readVariables(service);
  const prefix = product.toUpperCase();
  const of = (key: string): string | undefined => variables.take(`${prefix}_${key}`);
  const isPackaged = service.image?.repository.startsWith('bitnami') === true;
  const master = of('MASTER_HOST') ?? of('PRIMARY_HOST');
  const flags = flagsIn([...words, ...(of('EXTRA_FLAGS') ?? '').split(/\s+/).filter((word) => word !== '')]);
  const above = flags.all.find(({ flag }) => flag === 'replicaof' || flag === 'slaveof')?.values[0];
  if (above !== undefined || (master !== undefined && /^(slave|replica)$/.test(of('REPLICATION_MODE') ?? ''))) {
    const as = (above ?? master ?? '').split(' ')[0] ?? '';
    return {
      type: 'same',
      as,
      why: `it is a replica of ${as}: replicas are instances of that service when a service of kind sentinel monitors it`,
    };
  }
  const password = isPackaged ? of('PASSWORD') : undefined;
  const port = isPackaged ? of('PORT_NUMBER') : undefined;
  const appendOnly = isPackaged ? of('AOF_ENABLED') : undefined;
  variables.ignore(namedInCommand(service));
  if (isPackaged)
    variables.ignore(/^ALLOW_EMPTY_PASSWORD$|_(REPLICATION_MODE|MASTER_PASSWORD|MASTER_PORT_NUMBER|PRIMARY_PASSWORD)$/);
  const { options, leftOut, port: own } = optionsOf(flags.all);
  const secret = options.password ?? (password === undefined ? undefined : new Secret(password));
  return {
    type: 'server',
    options: {
      ...(appendOnly === undefined ? {} : { appendOnly: appendOnly !== 'no' }),
      ...options,
      ...(secret === undefined ? {} : { password: secret }),
    },
    ports: { [own ?? (Number(port) || 6379)]: product },
    leftOut: [
      ...(flags.file === undefined ? [] : [`${flags.file} (command): ${ownFile(configFile)}`]),
      ...leftOut,
      ...variables.leftOut(),
      ...leftOutMounts(service, (target) => (/\.conf$/.test(target) ? ownFile(configFile) : undefined)),
    ],
    changed: [],
  };
}

function ownFile(configFile: string): string {
  return `the stack renders ${configFile}; a file of your own goes under \`config: {${configFile}: PATH}\``;
}

interface Flag {
  readonly flag: string;
  readonly values: readonly string[];
}

/** `[file] --name value …`, as redis-server reads it. */
function flagsIn(words: readonly string[]): { readonly file: string | undefined; readonly all: readonly Flag[] } {
  const first = words.findIndex((word) => word.startsWith('--'));
  const all: { flag: string; values: string[] }[] = [];
  for (const word of first === -1 ? [] : words.slice(first)) {
    if (word.startsWith('--')) all.push({ flag: word.slice(2).toLowerCase(), values: [] });
    else all.at(-1)?.values.push(word);
  }
  return { file: words.slice(0, first === -1 ? undefined : first)[0], all };
}

const yes = (text: string): unknown => text.toLowerCase() === 'yes';
const asText = (text: string): unknown => text;

/** Flag -> option, and how its text is read. */
const OPTIONS: Readonly<Record<string, readonly [option: string, read: (text: string) => unknown]>> = {
  requirepass: ['password', (text) => new Secret(text)],
  appendonly: ['appendOnly', yes],
  appendfsync: ['appendFsync', asText],
  maxmemory: ['maxmemory', asText],
  'maxmemory-policy': ['maxmemoryPolicy', asText],
  'tcp-backlog': ['tcpBacklog', Number],
  timeout: ['timeoutS', Number],
  'tcp-keepalive': ['tcpKeepaliveS', Number],
  'min-replicas-to-write': ['minReplicasToWrite', Number],
  'min-replicas-max-lag': ['minReplicasMaxLagS', Number],
};

/** What the stack decides. */
const OURS = /^(bind|protected-mode|dir|daemonize|masterauth|port|save|supervised|pidfile|cluster-enabled)$/;

function optionsOf(flags: readonly Flag[]) {
  const options: Record<string, unknown> = {};
  const leftOut: string[] = [];
  for (const { flag, values } of flags) {
    const known = OPTIONS[flag];
    if (known !== undefined) options[known[0]] = known[1](values.join(' '));
    else if (!OURS.test(flag)) leftOut.push(`--${flag} (command)`);
  }
  const saves = flags.filter(({ flag }) => flag === 'save').map(({ values }) => values.join(' ').trim());
  if (saves.length > 0) options.save = saves.filter((text) => text !== '').join(' ');
  const port = Number(flags.find(({ flag }) => flag === 'port')?.values[0]);
  return { options, leftOut, port: port > 0 ? port : undefined };
}
