/** What is said between stackctl and this program: its last argument, and the one line that it writes. */

export interface SlowLinkOrder {
  /** Where connections go on to: the server itself. */
  readonly host: string;
  readonly ports: readonly number[];
  /** The container's first process: with it, what this program is for is gone. */
  readonly pid: number;
  /** Of what is on its way in either direction, in milliseconds. */
  readonly delayMs: number;
  /** So much more or less than that, at random. */
  readonly jitterMs: number;
}

/** Port of the server -> where connections for it are taken. */
export type SlowLinkPorts = Readonly<Record<string, number>>;
