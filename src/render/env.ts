import { composeValue } from '../lib/quote.ts';
import { Secret } from '../lib/secret.ts';
import type { RenderedFile } from '../stack/contract/files.ts';
import type { Stack } from '../stack/contract/model.ts';
import { clientVariables } from '../stack/derived/client-variables.ts';

/**
 * `.env` beside compose.yaml: the Compose project name, and for each service the variables with which a program on the
 * host finds it.
 */
export function renderEnv(stack: Stack): RenderedFile {
  const sections = clientVariables(stack, stack.services).map(({ service, variables: own }) => {
    const variables = Object.entries(own);
    const text = [`# ${service.name}`, ...variables.map(([name, value]) => line(name, value))].map((one) => `${one}\n`);
    return { text: text.join(''), secret: variables.some(([, value]) => value instanceof Secret) };
  });
  const header = [
    '# Rendered by stackctl: how a program on this machine reaches the services of this project.',
    ...(stack.runtime.rendersCompose ? [`COMPOSE_PROJECT_NAME=${stack.project.id}`] : []),
  ];
  return {
    path: '.env',
    text: [`${header.join('\n')}\n`, ...sections.map(({ text }) => text)].join('\n'),
    mode: sections.some(({ secret }) => secret) ? 0o600 : 0o644,
    volatile: true,
  };
}

/** As Compose and a shell that sources the file read it. What they cannot both read is left out, and said so. */
function line(name: string, value: string | Secret): string {
  const spelled = composeValue(value instanceof Secret ? value.reveal() : value);
  return spelled === undefined
    ? `# ${name} is not here: Compose and a shell would read it differently. Run: stackctl env --format json`
    : `${name}=${spelled}`;
}
