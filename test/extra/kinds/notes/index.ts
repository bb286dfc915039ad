import * as z from 'zod';
import { Secret } from '../../../../src/lib/secret.ts';
import type { RenderedFile } from '../../../../src/stack/contract/files.ts';
import type { Kind } from '../../../../src/stack/contract/kind.ts';
import type { InstanceInput } from '../../../../src/stack/contract/model.ts';
import { secretOption } from '../../../../src/stack/values/secret-option.ts';
import { ask } from './ask.ts';
import { SERVER } from './server.ts';

const options = z.strictObject({
  /** Notes that the server takes at most. */
  maxNotes: z.number().int().min(1).max(1_000_000).default(1000),
  password: secretOption().default(() => new Secret('')),
});
type NotesOptions = z.output<typeof options>;
type Input = InstanceInput<NotesOptions>;

const PROBE_TIMEOUT_MS = 1500;
const STOP_GRACE_S = 5;

/** A server of notes in memory: a kind that only tests know, in one folder, as every kind is. */
export const kind: Kind<NotesOptions> = {
  name: 'notes',
  description: 'A server of notes in memory.',
  options,
  ports: [{ name: 'notes', inside: 11311 }],
  defaultImage: 'node:22-alpine',
  binaries: [
    {
      name: 'node',
      versionArgs: ['--version'],
      versionPattern: /v(\d+\.\d+\.\d+)/,
      range: '>=20',
      knownPaths: [],
      packages: { debian: ['nodejs'], brew: 'node' },
    },
  ],
  variables: ({ stack, service, instance }) => ({
    bind: stack.runtime.addressing === 'loopback' ? instance.peer.host : '0.0.0.0',
    port: instance.peer.port,
    maxNotes: service.options.maxNotes,
  }),
  defaultConfig: [
    { target: 'notes.conf', path: 'notes.conf', text: 'bind {{bind}}\nport {{port}}\nmax-notes {{maxNotes}}\n' },
  ],
  files,
  container: ({ instance }) => ({
    entrypoint: ['node', '/stackctl/server.mjs', '/stackctl'],
    command: [],
    volumes: {},
    healthcheck: ['node', '-e', `require('net').connect(${instance.peer.port}).on('connect', process.exit)`],
    stopGraceS: STOP_GRACE_S,
  }),
  process: (_, { binaries, config }) => ({
    argv: [binaries.node ?? 'node', `${config}/server.mjs`, config],
    environment: {},
    stopGraceS: STOP_GRACE_S,
  }),
  probe: async ({ service, instance }, signal) => {
    const { password } = service.options;
    const answer = await ask(instance.client, [`AUTH ${password.reveal()}`, 'COUNT'], {
      timeoutMs: PROBE_TIMEOUT_MS,
      signal,
    });
    const notes = /^OK\n(\d+)\n$/.exec(answer.text)?.[1];
    return notes === undefined
      ? { role: undefined, reasons: [answer.problem ?? 'it answers, but not as a server of notes'], facts: {} }
      : { role: 'server', reasons: [], facts: { notes: Number(notes) } };
  },
  clientEnv: ({ service }) => ({
    NOTES_PORT: String(service.instances[0]?.client.port),
    NOTES_PASSWORD: service.options.password,
  }),
  connection: ({ service }) => ({
    urls: Object.fromEntries(
      service.instances.map(({ name, client }) => [name, `notes://${client.host}:${client.port}`]),
    ),
  }),
};

function files({ service, instance }: Input): readonly RenderedFile[] {
  const password = service.options.password.reveal();
  return [
    { path: `${instance.name}/server.mjs`, text: SERVER, mode: 0o644 },
    { path: `${instance.name}/password`, text: password, mode: 0o600 },
  ];
}
