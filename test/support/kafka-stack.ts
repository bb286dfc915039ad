import type { Stack } from '../../src/stack/contract/model.ts';
import { builtInPlugins, factsOf } from '../../src/stack/contract/plugins.ts';
import type { RuntimeName } from '../../src/stack/contract/runtime-facts.ts';
import { loadSpec } from '../../src/stack/load/load-spec.ts';
import { resolveStack } from '../../src/stack/load/resolve.ts';
import { folderOf } from './stack-fixtures.ts';

export interface KafkaStackInput {
  readonly runtime: RuntimeName;
  /** Broker; the two after it are those of the other listeners. */
  readonly port?: number;
  /** `options:` as JSON, which is YAML. */
  readonly options?: unknown;
  readonly instances?: number;
  readonly projectId?: string;
}

/** A stack of one broker, as a command would resolve it. */
export async function kafkaStack({ runtime, port = 9092, instances = 1, ...input }: KafkaStackInput): Promise<Stack> {
  await using folder = await folderOf({
    'stack.yaml': [
      'stack: queue',
      'description: one broker',
      'services:',
      '  kafka:',
      '    kind: kafka',
      `    instances: ${instances}`,
      `    ports: {broker: ${port}, inside: ${port + instances}, controller: ${port + 2 * instances}}`,
      `    options: ${JSON.stringify(input.options ?? {})}`,
      '',
    ].join('\n'),
  });
  const loaded = await loadSpec({ folder: folder.path, displayName: 'stack.yaml', plugins: builtInPlugins });
  const identity = { name: 'queue', id: input.projectId ?? 'queue-1a2b', folder: '/project' };
  return resolveStack({
    loaded: { ...loaded, folder: '/stack' },
    values: [],
    profile: 'dev',
    identity,
    runtime: factsOf(runtime),
  });
}
