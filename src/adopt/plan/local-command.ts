/** What a program without a command lacks where there is no Docker. Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';
import { startOf } from './dockerfile.ts';
import { fixedPortNotes } from './fixed-port.ts';
import type { PlannedPort } from './ports.ts';

/** @param dockerfile text of the one that it is built with; undefined: there is none. */
export function localCommandNotes(
  service: ComposeService,
  name: string,
  ports: readonly PlannedPort[],
  dockerfile: string | undefined,
): readonly string[] {
  const { command = [], entrypoint = [], build } = service;
  if (command.length > 0) return [];
  const target = typeof build?.rest.target === 'string' ? build.rest.target : undefined;
  // An entrypoint of the Compose file takes the place of both.
  const words = dockerfile === undefined || entrypoint.length > 0 ? undefined : startOf(dockerfile, target);
  if (words === undefined) return [`without Docker ${name} needs a command: \`command: {process: [...]}\``];
  return [
    `without Docker ${name} needs a command: \`command: {process: [${words.map(yamlWord).join(', ')}]}\`, as its Dockerfile has it`,
    ...fixedPortNotes('that command', words, ports),
  ];
}

function yamlWord(word: string): string {
  return /^[A-Za-z./][\w./-]*$/.test(word) && !/^(true|false|yes|no|on|off|null|[yn])$/i.test(word)
    ? word
    : JSON.stringify(word);
}
