import { Secret } from '../../lib/secret.ts';
import type { CliSpec, ConnectionInfo } from '../../stack/contract/connection.ts';
import type { InstanceInput, ServiceInput } from '../../stack/contract/model.ts';
import { formatAddress, primaryOf } from '../../stack/contract/model.ts';
import type { KafkaOptions } from './options.ts';

/** Kafka's own tools: `topics --list`, `console-consumer --topic t --from-beginning`. There is no interactive one. */
export function cli({ stack }: InstanceInput<KafkaOptions>): CliSpec {
  const script = stack.runtime.startsFrom === 'image' ? '/stackctl/tool.sh' : 'bin/kafka-tool.sh';
  return { argv: ['sh', script], environment: {} };
}

/** Both spellings: that of most clients, and that of programs that read nested settings from the environment. */
export function clientEnv({ service }: ServiceInput<KafkaOptions>): Readonly<Record<string, string>> {
  const servers = service.instances.map(({ client }) => formatAddress(client)).join(',');
  return { KAFKA_BOOTSTRAP_SERVERS: servers, Kafka__BootstrapServers: servers };
}

export function connection({ stack, service }: ServiceInput<KafkaOptions>): ConnectionInfo {
  const { client } = primaryOf(stack, service);
  const brokers = service.instances.map((instance) => formatAddress(instance.client));
  return {
    urls: Object.fromEntries(service.instances.map((instance) => [instance.name, formatAddress(instance.client)])),
    reach: { ...client, url: new Secret(brokers.join(',')), more: { brokers } },
  };
}
