import { Secret } from '../lib/secret.ts';
import type { RenderedFile } from '../stack/kind.ts';
import type { Stack } from '../stack/model.ts';

/**
 * `.env` beside compose.yaml: the Compose project name, and for each service the variables with which a program on the
 * host finds it.
 */
export function renderEnv(stack: Stack): RenderedFile {
  const sections = stack.services.map((service) => {
    const variables = Object.entries(service.kind.clientEnv?.({ stack, service }) ?? {});
    const lines = variables.map(([key, value]) => `${key}=${quote(value instanceof Secret ? value.reveal() : value)}`);
    return { lines: [`# ${service.name}`, ...lines], secret: variables.some(([, value]) => value instanceof Secret) };
  });
  const header = [
    '# Rendered by stackctl: how a program on this machine reaches the services of this project.',
    ...(stack.runtime === 'docker' ? [`COMPOSE_PROJECT_NAME=${stack.project.id}`] : []),
  ];
  return {
    path: '.env',
    text: `${[header, ...sections.map(({ lines }) => lines)].map((lines) => lines.join('\n')).join('\n\n')}\n`,
    mode: sections.some(({ secret }) => secret) ? 0o600 : 0o644,
    volatile: true,
  };
}

/**
 * Compose and shells agree on single quotes: nothing inside is expanded. They end at the next single quote, which
 * Compose overlooks after a backslash; such a text goes in double quotes, with what has a meaning there escaped. Only a
 * backtick beside a single quote is read differently: Compose keeps its backslash, and without one a shell would run it.
 */
function quote(text: string): string {
  if (/^[\w./:@-]*$/.test(text)) return text;
  if (!text.includes("'") && !text.endsWith('\\')) return `'${text}'`;
  return `"${text.replace(/["\\$`]/g, '\\$&')}"`;
}
