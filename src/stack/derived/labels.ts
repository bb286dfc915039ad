/**
 * Labels by which everything that a project made in an Engine is found again. Rendered into compose.yaml, read by the
 * docker runtime. Networks and volumes carry none that changes between runs: Compose asks to recreate a network or volume whose labels differ.
 */
export const LABELS = {
  project: 'dev.stackctl.project',
  service: 'dev.stackctl.service',
  instance: 'dev.stackctl.instance',
  /** Hash of the rendered files: a label that changes makes Compose recreate the container. */
  configHash: 'dev.stackctl.config-hash',
  /** Name of the project's network and the container's own address there, for a reconnect after a partition. */
  network: 'dev.stackctl.network',
  address: 'dev.stackctl.address',
  /** The name of the service, where every instance answers to it. */
  alias: 'dev.stackctl.alias',
  /** On an image that was built: hash of what it was built from. */
  content: 'dev.stackctl.content',
  /** Where the instance's first volume is mounted; on the container and on that volume. */
  stateFolder: 'dev.stackctl.state-folder',
} as const;
