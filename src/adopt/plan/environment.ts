/** The variables of a program that stackctl does not know: addresses and secrets in them are named as a stack.yaml names them. Pure. */
import { type ComposeService, variablesOf } from '../../stack/contract/compose-service.ts';
import { addressText, type Directory, hostText, portText, type Target } from './directory.ts';
import { defaultPort, hostVariable, type Place, replacePlaces } from './places.ts';
import type { SecretBook } from './secrets.ts';

export interface PlannedEnvironment {
  readonly environment: Readonly<Record<string, string>>;
  /** Variables with names that only a container can have (`discovery.type`): for `compose:`. */
  readonly odd: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** What stack.yaml would take for a reference of its own. */
const REFERENCE = /\{\{[^{}]*\}\}/;
const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

interface Rewriting {
  readonly service: ComposeService;
  /** In the stack. */
  readonly name: string;
  readonly directory: Directory;
  readonly secrets: SecretBook;
}

/** @param envFiles whether env files stay: then only those of their variables are named here that would say something else. */
export function planEnvironment(input: Rewriting, envFiles: boolean): PlannedEnvironment {
  const { service, name, directory, secrets } = input;
  const all = variablesOf(service);
  const notes: string[] = [];
  const environment: Record<string, string> = {};
  const odd: Record<string, string> = {};
  const ports = portVariables(all, service, directory);
  for (const [variable, text] of all) {
    const isOwn = service.environment.has(variable);
    if (REFERENCE.test(text)) {
      if (isOwn || !envFiles)
        notes.push(`${variable} is left out: its text has {{…}}, which a stack.yaml fills in itself`);
      continue;
    }
    const addressed = ports.get(variable) ?? withAddresses(variable, text, input, notes);
    // It stays in its file.
    if (!isOwn && envFiles && addressed === text) continue;
    const isOdd = !VARIABLE_NAME.test(variable);
    const written = isOdd ? text : secrets.hide(variable, addressed, name);
    (isOdd ? odd : environment)[variable] = written;
  }
  for (const [variable, text] of service.environment) {
    if (text === undefined) notes.push(`${variable} is left out: it comes from the shell of whoever starts it`);
  }
  return { environment, odd, notes };
}

function withAddresses(variable: string, text: string, { service, directory }: Rewriting, notes: string[]): string {
  const find = (word: string): Target | undefined => {
    const out = directory.missing(word);
    const note = `${variable} names ${out}, which stays out`;
    if (out !== undefined && out !== service.name && !notes.includes(note)) notes.push(note);
    return directory.find(word, service);
  };
  const replaced = replacePlaces(text, (place) => insteadOf(place, find));
  if (hostVariable(variable) !== undefined) {
    const hosts = replaced.split(',').map((word) => {
      const target = /^[\w.-]+$/.test(word.trim()) ? find(word.trim()) : undefined;
      return target === undefined ? word : hostText(target);
    });
    return [...new Set(hosts)].join(',');
  }
  return keyedPort(replaced, text, find);
}

function insteadOf({ host, port, scheme }: Place, find: (word: string) => Target | undefined): string | undefined {
  const target = find(host);
  if (target === undefined) return undefined;
  if (port === undefined && scheme === undefined) return hostText(target);
  const meant = port ?? defaultPort(scheme);
  if (meant === undefined) return hostText(target);
  const address = addressText(target, meant);
  // What is unknown there is no port of a server of a kind: an image, or a port that it has no more.
  return address ?? (scheme === undefined ? undefined : `${hostText(target)}${port === undefined ? '' : `:${port}`}`);
}

/** `host={{db.host}} port=5432`: the port that belongs to it. */
function keyedPort(replaced: string, original: string, find: (word: string) => Target | undefined): string {
  if (replaced === original) return replaced;
  const host = /(?:host|server|data source|addr|address)\s*=\s*([\w.-]+)/i.exec(original)?.[1];
  const target = host === undefined ? undefined : find(host);
  if (target === undefined) return replaced;
  return replaced.replace(/((?:^|[\s;])port\s*=\s*)(\d{1,5})(?=$|[\s;])/i, (whole, key: string, port: string) => {
    const text = portText(target, Number(port));
    return text === undefined ? whole : `${key}${text}`;
  });
}

/** Names that say where the program itself listens. */
const OWN_PORT = /^(PORT|HTTP_PORT|LISTEN_PORT|APP_PORT|SERVER_PORT|WEB_PORT)$/;

/** Variables whose whole text is the port of the host that another one names: `DB_PORT` beside `DB_HOST`. */
function portVariables(
  all: ReadonlyMap<string, string>,
  service: ComposeService,
  directory: Directory,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const servers: Target[] = [];
  const put = (variable: string, target: Target): void => {
    const port = Number(all.get(variable) ?? Number.NaN);
    const text = Number.isInteger(port) ? portText(target, port) : undefined;
    if (text !== undefined && !found.has(variable)) found.set(variable, text);
  };
  for (const [variable, text] of all) {
    const prefix = hostVariable(variable);
    const target = prefix === undefined ? undefined : directory.find(text.trim(), service);
    if (prefix === undefined || target === undefined) continue;
    if (target.isServer) servers.push(target);
    for (const port of [`${prefix}_PORT`, `${prefix}PORT`]) if (!OWN_PORT.test(port)) put(port, target);
  }
  for (const variable of all.keys()) {
    const [only, ...more] = servers.filter(({ ports }) => [...ports.keys()][0] === Number(all.get(variable)));
    if (/_PORT$/.test(variable) && !OWN_PORT.test(variable) && only !== undefined && more.length === 0)
      put(variable, only);
  }
  return found;
}
