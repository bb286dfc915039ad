import type { ConfigTemplate } from '../../../stack/contract/model.ts';
import type { Product } from './products.ts';

/** Where a server or a Sentinel listens. */
export const NETWORK_LINES = `# Network
port {{port}}
{{#each bind}}
bind {{this}}
{{/each}}
protected-mode no
`;

/** The template of a service that has no `config:` of its own: every option of the kind has its line. */
export function defaultConfig({ name, configFile }: Product): readonly ConfigTemplate[] {
  return [{ target: configFile, path: `${configFile} of kind ${name}`, text: SERVER_LINES }];
}

const SERVER_LINES = `# {{instance}} of {{project}}, rendered by stackctl. The server works on a copy: change the stack's values, not this file.

${NETWORK_LINES}tcp-backlog {{tcpBacklog}}
timeout {{timeoutS}}
tcp-keepalive {{tcpKeepaliveS}}

# Persistence
{{#each save}}
save {{this}}
{{/each}}
appendonly {{appendOnly}}
appendfsync {{appendFsync}}

# Memory
maxmemory {{maxmemory}}
maxmemory-policy {{maxmemoryPolicy}}

{{#each password}}
# Security
requirepass {{this}}
masterauth {{this}}

{{/each}}
# Replication
replica-announce-ip {{announceHost}}
replica-announce-port {{announcePort}}
replica-priority {{replicaPriority}}
repl-diskless-sync-delay {{replDisklessSyncDelayS}}
min-replicas-to-write {{minReplicasToWrite}}
min-replicas-max-lag {{minReplicasMaxLagS}}
`;
