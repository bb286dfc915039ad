/** What a reading has left out and why. */

export type LeftOutReason =
  /** A command that a script ran: the script itself is replayed. */
  | 'script'
  /** A command that changes the connection it comes over, or is the connection's own. */
  | 'connection'
  /** A command that administers the server. */
  | 'administration'
  /** A command that waits, and would hold up what comes behind it. */
  | 'blocking'
  /** A URL of another scheme than http and https, e.g. of a WebSocket. */
  | 'notHttp'
  /** A request that was answered by the browser's own cache: no server got it. */
  | 'cached'
  /** A request had a body that the recording does not have. */
  | 'bodyNotRecorded'
  /** Outside of what --from and --to select. */
  | 'notSelected';

export interface LeftOut {
  readonly reason: LeftOutReason;
  /** Of a command its name in upper case, of a URL its scheme; otherwise empty. */
  readonly name: string;
  readonly count: number;
}

export interface Tally {
  leaveOut(reason: LeftOutReason, name?: string): void;
  /** The last line was cut off, as in a recording that is being written. */
  cutOff(): void;
  /** A request goes out without the credentials that it was recorded with. */
  dropCredentials(): void;
  /** In the order in which they were first met. */
  readonly leftOut: readonly LeftOut[];
  readonly cutOffLines: number;
  readonly withoutCredentials: number;
}

/** Counts for one reading, or for all rounds of one that is repeated. */
export function createTally(): Tally {
  const counts = new Map<string, LeftOut>();
  let cutOffLines = 0;
  let withoutCredentials = 0;
  return {
    leaveOut: (reason, name = '') => {
      const key = `${reason} ${name}`;
      counts.set(key, { reason, name, count: (counts.get(key)?.count ?? 0) + 1 });
    },
    cutOff: () => {
      cutOffLines += 1;
    },
    dropCredentials: () => {
      withoutCredentials += 1;
    },
    get leftOut() {
      return [...counts.values()];
    },
    get cutOffLines() {
      return cutOffLines;
    },
    get withoutCredentials() {
      return withoutCredentials;
    },
  };
}
