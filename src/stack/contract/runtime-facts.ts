/**
 * What a runtime says about itself: `src/runtimes/<name>/facts.json`. Kinds, renderer and features ask for these facts
 * and never for the name of a runtime, so that a new runtime is a new folder. They are plain data, known without loading
 * the runtime.
 */

/** Name of a folder under src/runtimes. */
export type RuntimeName = string;

/**
 * What a runtime may do to an instance in a failover test. `partition`: it is taken off the project's network. `cut`: packets
 * between it and some others are dropped, in one direction or in both. `loss`: a share of the packets to it is dropped. `slow`: what
 * it says to some others arrives later; where all of them have it, so does everything between them. Connections may be made anew.
 * `read-only`: it cannot write into its data folder.
 */
export type FaultKind = 'kill' | 'pause' | 'stop' | 'partition' | 'cut' | 'loss' | 'slow' | 'read-only';

export interface FaultOptions {
  /** `cut`: from whom nothing arrives any more: names of instances, or `CLIENTS`. `slow`: names of instances; itself does not count. */
  readonly from?: readonly string[];
  /** `cut`: whom nothing reaches any more. */
  readonly to?: readonly string[];
  /** `loss`: of the packets to it, above 0 and below 1. */
  readonly share?: number;
  /** `slow`: at which it is reached. */
  readonly ports?: readonly number[];
  /** `slow`: so much more or less at random. */
  readonly delayMs?: number;
  readonly jitterMs?: number;
}

/** In place of an instance: whoever comes from the machine of the Engine, e.g. by a published port. */
export const CLIENTS = '(clients)';

export interface RuntimeFacts {
  /** Name of its folder; not a part of facts.json. */
  readonly name: RuntimeName;
  /** Its place among the runtimes that `auto` tries, the smallest first. Null: only used when it is asked for. */
  readonly autoRank: number | null;
  /** Which of a kind's two descriptions it starts: `Kind.container` (an image) or `Kind.process` (a program of this machine). */
  readonly startsFrom: 'image' | 'binary';
  /**
   * `network`: the project has a network of its own, where every instance has an address, a name and its usual ports;
   * some ports are published on 127.0.0.1 of this machine. `loopback`: all instances listen on 127.0.0.1 of this
   * machine, each on ports of its own.
   */
  readonly addressing: 'network' | 'loopback';
  /** An instance sees its own files only. False: it works in folders of this machine, a program in that of its source. */
  readonly isolatesFiles: boolean;
  /** It needs a compose.yaml among the rendered files. */
  readonly rendersCompose: boolean;
  /** For a hint: how the instances of a project end that stackctl cannot reach any more. `{project}`: the project's id. */
  readonly endOfLost: string;
}
