import type { Socket } from 'node:net';
import { Connection, type Keeper } from './connection.ts';

/**
 * Milliseconds for which a connection without a request is kept. Less than servers keep theirs (Node's: 5 s): who is to close first
 * must not be the one that a request may be on its way to.
 */
const IDLE_MS = 2000;
const MOST_IDLE = 128;

/**
 * Connections to one server: one whose answer is complete is there for the next request. `node:http` has them too; its client
 * (streams, events, an object for every header) takes more than all else that a program does for a small request.
 */
export class Connections implements Keeper {
  /** Those that have waited longest first. */
  private readonly idle: Connection[] = [];
  private sweep: NodeJS.Timeout | undefined;

  /** @param open begins to connect. */
  constructor(private readonly open: () => Socket) {}

  take(): Connection {
    for (let kept = this.idle.pop(); kept !== undefined; kept = this.idle.pop()) {
      if (kept.usableUntil > performance.now() && !kept.socket.destroyed) {
        kept.socket.ref();
        return kept;
      }
      kept.socket.destroy();
    }
    return new Connection(this.open(), this);
  }

  keep(connection: Connection): void {
    if (this.idle.length >= MOST_IDLE) return void connection.socket.destroy();
    connection.usableUntil = Math.min(connection.usableUntil, performance.now() + IDLE_MS);
    connection.socket.unref();
    this.idle.push(connection);
    this.sweep ??= setInterval(() => this.closeOld(), IDLE_MS / 2).unref();
  }

  forget(connection: Connection): void {
    const at = this.idle.indexOf(connection);
    if (at >= 0) this.idle.splice(at, 1);
  }

  /** Closes those that wait. */
  closeIdle(): void {
    for (const { socket } of this.idle.splice(0)) socket.destroy();
  }

  private closeOld(): void {
    const now = performance.now();
    // Each leaves the list as it closes.
    for (const { socket, usableUntil } of this.idle) if (usableUntil <= now) socket.destroy();
    if (this.idle.length > 0) return;
    clearInterval(this.sweep);
    this.sweep = undefined;
  }
}
