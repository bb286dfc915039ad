/** What an override file takes away of a service (`!reset`) or has instead (`!override`). Pure. */
import type { ComposeService } from '../../stack/contract/compose-service.ts';

const NOTHING: Readonly<Record<string, Partial<ComposeService>>> = {
  image: { image: undefined },
  build: { build: undefined },
  command: { command: undefined },
  entrypoint: { entrypoint: undefined },
  environment: { environment: new Map() },
  env_file: { envFiles: [] },
  ports: { ports: [] },
  expose: { expose: [] },
  volumes: { mounts: [] },
  healthcheck: { healthcheck: undefined },
  depends_on: { dependsOn: new Map() },
  networks: { aliases: [] },
  links: { links: new Map() },
  stop_grace_period: { stopGraceS: undefined },
  network_mode: { networkMode: undefined },
  profiles: { profiles: [] },
  scale: { replicas: 1 },
  deploy: { replicas: 1 },
};

/** @param entry of the variables or of what it waits for; undefined: all that stands under the key. */
export function withoutReplaced(service: ComposeService, key: string, entry: string | undefined): ComposeService {
  if (entry !== undefined) {
    return {
      ...service,
      ...(key === 'environment' && { environment: withoutKey(service.environment, entry) }),
      ...(key === 'depends_on' && { dependsOn: withoutKey(service.dependsOn, entry) }),
    };
  }
  const { [key]: _, ...rest } = service.rest;
  return { ...service, files: service.files.filter(({ of }) => of !== key), rest, ...NOTHING[key] };
}

function withoutKey<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  return new Map([...map].filter(([name]) => name !== key));
}
