import type { Engine, EngineResult } from './engine.ts';
import type { Gate } from './gate.ts';
import type { QueryRequest } from './request.ts';
import type { Sessions } from './sessions.ts';

/** What all requests share. */
export interface Front {
  readonly engine: Engine;
  readonly gate: Gate;
  readonly sessions: Sessions;
  /** Names a new file for inserted data, relative to the working folder: a full path would be read as a pattern. */
  nextFile(): string;
  /** Ids of the queries that run. */
  readonly running: Set<string>;
}

/** One request on its way. */
export interface Running {
  readonly front: Front;
  readonly request: QueryRequest;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

export interface Outcome extends EngineResult {
  readonly format: string;
  readonly isInsert: boolean;
}
