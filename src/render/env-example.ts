import { dotenvValue } from '../lib/quote.ts';
import { Secret } from '../lib/secret.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { Service, Stack } from '../stack/contract/model.ts';
import { environmentOf } from '../stack/derived/environment.ts';

/**
 * `.env.example`: every variable of every program that the stack brings along, with what it means and what it is for a
 * program on the host. Nothing for a stack without such programs. Secrets are left empty.
 */
export function renderEnvExample(stack: Stack): readonly RenderedFile[] {
  const programs = stack.services.filter(({ kind }) => kind.runsStackPrograms === true);
  if (programs.length === 0) return [];
  const header = [
    '# Rendered by stackctl: the variables of each program, as it is started by hand on this machine.',
    '# `stackctl env <service> --format dotenv` prints them with their secrets.',
  ];
  const sections = programs.map((service) => sectionOf(stack, service));
  return [
    { path: '.env.example', text: `${[header, ...sections].map(joined).join('\n')}`, mode: 0o644, volatile: true },
  ];
}

function sectionOf(stack: Stack, service: Service): readonly string[] {
  const described = new Map(service.environment.map(({ name, description }) => [name, description]));
  const standing = { HOST: 'Address to listen on', PORT: 'Port to listen on' };
  const lines = [...environmentOf(stack, service, undefined, 'client')].flatMap(([name, value]) => {
    const description = described.get(name) ?? Reflect.get(standing, name);
    return [
      ...(description === undefined ? [] : [`# ${description.replaceAll(/\s+/g, ' ').trim()}`]),
      line(name, value),
    ];
  });
  return [`# --- ${service.name}`, ...lines];
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** As every reader of such a file takes it, Node.js as well as Compose. */
function line(name: string, value: string | Secret): string {
  if (value instanceof Secret) return `${name}=`;
  const spelled = dotenvValue(value);
  return spelled === undefined ? `# ${name}: the readers of such files differ about its value` : `${name}=${spelled}`;
}
