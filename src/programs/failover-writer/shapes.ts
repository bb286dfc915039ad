import type { WorkloadShape } from '../../stack/contract/final-read.ts';

/** How a value of a shape is written, and what the reply says beside that it was. */
export interface Shape {
  commandFor(key: string, value: number): readonly [command: string, ...args: (string | number)[]];
  answerIn(reply: unknown): number | undefined;
}

const nothing = (): undefined => undefined;

export const SHAPES: Readonly<Record<WorkloadShape, Shape>> = {
  list: { commandFor: (key, value) => ['RPUSH', key, value], answerIn: nothing },
  set: { commandFor: (key, value) => ['SADD', key, value], answerIn: nothing },
  // In one command, so that nothing comes between the read and the write. SET … GET: since Redis 6.2.
  register: { commandFor: (key, value) => ['SET', key, value, 'GET'], answerIn: Number },
  counter: { commandFor: (key) => ['INCR', key], answerIn: Number },
  pubsub: { commandFor: (channel, value) => ['PUBLISH', channel, value], answerIn: Number },
};
