import type { Log } from 'stackctl/service-kit';
import { disconnect } from './redis-connect.ts';
import type { RecordClient } from './redis-scripts.ts';

/** The connection, or why there is none. */
export interface RedisState {
  redis(): RecordClient | undefined;
  /** Undefined while there is a connection. */
  fault(): string | undefined;
  /** This connection works. @returns a promise that ends when it is lost. */
  use(redis: RecordClient): Promise<void>;
  /** This connection does not work any more. */
  drop(redis: RecordClient, reason: string): void;
  /** There is no connection. Only the first reason after a working one is logged. */
  lose(reason: string): void;
  /** Gives the connection to the caller; from now on there is none. */
  release(reason: string): RecordClient | undefined;
}

export interface RedisStateOptions {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly log: Log;
}

export function createRedisState({ host, port, db, log }: RedisStateOptions): RedisState {
  let current: RecordClient | undefined;
  let fault: string | undefined = 'not connected yet';
  let isReported = false;
  let noteLoss: () => void = () => undefined;

  const lose = (reason: string): void => {
    fault = reason;
    noteLoss();
    if (isReported) return;
    isReported = true;
    log.warn('Redis connection failed, falling back to in-memory storage', { host, port, reason });
  };
  const release = (reason: string): RecordClient | undefined => {
    const released = current;
    current = undefined;
    fault = reason;
    isReported = true;
    noteLoss();
    return released;
  };
  const drop = (redis: RecordClient, reason: string): void => {
    if (current !== redis) return;
    current = undefined;
    disconnect(redis);
    lose(reason);
  };
  const use = (redis: RecordClient): Promise<void> => {
    const lost = new Promise<void>((resolve) => {
      noteLoss = resolve;
    });
    current = redis;
    fault = undefined;
    isReported = false;
    redis.once('close', () => drop(redis, 'Connection closed'));
    log.info('Redis connection established', { host, port, db });
    return lost;
  };
  return { redis: () => current, fault: () => fault, use, drop, lose, release };
}
