/** What stack.yaml has no word for goes to Compose as it is, under `compose:`. Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';

type Tree = Readonly<Record<string, unknown>>;

/** How a server is fenced in: for every service. */
const LIMITS =
  'annotations blkio_config cgroup cgroup_parent cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus ' +
  'cpuset dns dns_opt dns_search extra_hosts labels logging mem_limit mem_reservation mem_swappiness memswap_limit oom_kill_disable ' +
  'oom_score_adj pids_limit platform pull_policy runtime shm_size sysctls ulimits';
/** How a program is started, where stackctl does not start it in its own way. */
const STARTS =
  'cap_add cap_drop device_cgroup_rules devices domainname gpus group_add hostname init ipc isolation mac_address pid privileged read_only ' +
  'security_opt stdin_open stop_signal storage_opt tmpfs tty user userns_mode uts working_dir';

const FOR_SERVERS = new Set(LIMITS.split(' '));
const FOR_PROGRAMS = new Set(`${LIMITS} ${STARTS}`.split(' '));
/** Without a meaning in a stack, or taken in another way: nothing is lost. */
const UNSAID = new Set(['restart', 'container_name', 'deploy', 'attach', 'develop', 'build']);

export interface PassedOn {
  readonly compose: Tree;
  readonly notes: readonly string[];
}

/** @param isServer its kind starts it. */
export function passOn({ rest }: ComposeService, isServer: boolean): PassedOn {
  const allowed = isServer ? FOR_SERVERS : FOR_PROGRAMS;
  const compose: Record<string, unknown> = {};
  const notes: string[] = [];
  const given: Tree = { ...rest, deploy: resourcesOf(rest) };
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === '') continue;
    if (key === 'deploy') compose.deploy = forCompose(value);
    else if (allowed.has(key)) compose[key] = forCompose(value);
    else if (!UNSAID.has(key) && !key.startsWith('x-') && !(isServer && FOR_PROGRAMS.has(key))) {
      notes.push(`${key} is left out`);
    }
  }
  if (rest.privileged === true || rest.privileged === 'true')
    notes.push('it is privileged: whoever takes it over has this machine');
  const { kept, lost } = withoutReferences(compose);
  return {
    compose: kept,
    notes: [
      ...notes,
      ...lost.map((path) => `${path} is left out: its text has {{…}}, which a stack.yaml fills in itself`),
    ],
  };
}

function resourcesOf({ deploy }: Tree): Tree | undefined {
  if (typeof deploy !== 'object' || deploy === null || !('resources' in deploy)) return undefined;
  return { resources: deploy.resources };
}

/** What comes under `compose:` reaches Compose as it stands, and Compose fills in `$`. */
export function forCompose(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(forCompose);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, forCompose(item)]));
}

/** The same without texts that would be taken for references, and the paths of those. */
export function withoutReferences(tree: Tree): { readonly kept: Tree; readonly lost: readonly string[] } {
  const lost: string[] = [];
  const walk = (value: unknown, path: string): unknown => {
    if (typeof value === 'string' && /\{\{[^{}]*\}\}/.test(value)) {
      lost.push(path);
      return undefined;
    }
    if (Array.isArray(value))
      return value.map((item, index) => walk(item, `${path}[${index}]`)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, item]) => [key, walk(item, `${path}.${key}`)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };
  const kept = Object.fromEntries(
    Object.entries(tree).flatMap(([key, value]) => {
      const item = walk(value, key);
      return item === undefined ? [] : [[key, item]];
    }),
  );
  return { kept, lost };
}
