/** What the Engine answers, as far as stackctl reads it. The names are those of the Engine's API. */
import type Dockerode from 'dockerode';

/** A container in the answer to `GET /containers/json`. */
export type ListedContainer = Dockerode.ContainerInfo;

/** Part of the answer to `GET /containers/<id>/json`. */
export type InspectedContainer = Pick<Dockerode.ContainerInspectInfo, 'Id' | 'State' | 'RestartCount'>;

/** Part of the answer to `GET /containers/<id>/top`. */
export interface ContainerProcesses {
  readonly Processes: readonly (readonly string[])[] | null;
}

/** Part of a network in the answer to `GET /networks`. */
export interface ListedNetwork {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly AddressRange[] | null };
}

/** Addresses of a network. */
export interface AddressRange {
  readonly Subnet?: string;
  /** The part of the subnet from which the Engine chooses addresses; absent or empty: all of it. */
  readonly IPRange?: string;
  readonly Gateway?: string;
}

/** Part of a volume in the answer to `GET /volumes`. */
export interface ListedVolume {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** Part of an image in the answer to `GET /images/json`. */
export interface ListedImage {
  readonly Id: string;
  /** `name:tag`; null or `<none>:<none>` where it has none. */
  readonly RepoTags: readonly string[] | null;
}

/** Part of the answer to `GET /images/<name>/json`. */
export interface InspectedImage {
  readonly Id: string;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

/** Which Engine it is. */
export interface EngineIdentity {
  readonly product: 'Docker Engine' | 'Podman Engine';
  /** e.g. `26.1.5`. */
  readonly version: string;
  readonly apiVersion: string;
}

/** Part of the answer to `GET /version`. */
export interface EngineVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly Components?: readonly { readonly Name: string }[];
}

/** Part of the answer to `GET /info`. */
export interface EngineInfo {
  readonly SecurityOptions?: readonly string[] | null;
}

/** Part of the answer to `GET /system/df`. */
export interface DiskUsage {
  readonly Volumes: readonly { readonly Name: string; readonly UsageData: { readonly Size: number } | null }[] | null;
}
