import type { ConfigTemplate } from '../../stack/contract/model.ts';
import { NETWORK_LINES } from '../_shared/redis/default-config.ts';

/** The template of a service that has no `config:` of its own: every option of the kind has its line. */
export const DEFAULT_CONFIG: readonly ConfigTemplate[] = [
  {
    target: 'sentinel.conf',
    path: 'sentinel.conf of kind sentinel',
    text: `# {{instance}} of {{project}}, rendered by stackctl. Sentinel works on a copy that also holds what it has decided.

${NETWORK_LINES}{{#each password}}
requirepass {{this}}
sentinel sentinel-pass {{this}}
{{/each}}

# Addresses are numbers on purpose: the name of a stopped container no longer resolves, and a Sentinel that cannot
# resolve a name cannot fail over.
sentinel resolve-hostnames no
sentinel announce-hostnames no
sentinel announce-ip {{announceHost}}
sentinel announce-port {{announcePort}}

# The master and when it counts as down
sentinel monitor {{masterName}} {{masterHost}} {{masterPort}} {{quorum}}
{{#each masterPassword}}
sentinel auth-pass {{masterName}} {{this}}
{{/each}}
sentinel down-after-milliseconds {{masterName}} {{downAfterMs}}
sentinel failover-timeout {{masterName}} {{failoverTimeoutMs}}
sentinel parallel-syncs {{masterName}} {{parallelSyncs}}
`,
  },
];
