import { join } from 'node:path';
import type { SessionContext } from '../commands/session/context.ts';
import type { Emit, ProgressEvent } from '../lib/events.ts';
import { packageRoot } from '../lib/package-root.ts';
import { supervisorWithin } from '../programs/supervisor/within.ts';
import type { GivenOptions } from './given-options.ts';
import type { StackEvent } from './types.ts';

export interface ContextInput {
  /** Where the project lies. */
  readonly folder: string;
  /** Undefined: what the stack is called. */
  readonly project: string | undefined;
  readonly env: GivenOptions['env'];
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly flags?: Partial<SessionContext['global']>;
}

/** One for the whole process: each call on a stack opens it anew. */
const ownSupervisor = supervisorWithin();

/** In place of a command line: nobody is asked, and only the project's own folder counts. */
export function contextOf({ folder, project, env, emit, signal, flags }: ContextInput): SessionContext {
  const none = { runtime: undefined, set: [], values: [], timeoutMs: undefined };
  return {
    cwd: folder,
    ignoresSettings: true,
    ownSupervisor,
    env,
    global: { ...none, json: false, yes: true, ...flags, project },
    templatesFolder: templates(),
    signal,
    emit,
    confirm: async () => undefined,
  };
}

export function templates(): string {
  return join(packageRoot(), 'templates');
}

/** Events as callers hear them. What a listener throws is its own affair and ends nothing here. */
export function emitterFor(onEvent: ((event: StackEvent) => void) | undefined): Emit {
  if (onEvent === undefined) return () => undefined;
  return (event) => {
    try {
      onEvent({ type: event.type === 'stopping' ? 'note' : event.type, text: textOf(event) });
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function textOf(event: ProgressEvent): string {
  if (event.type !== 'step') return event.text;
  return `${event.title}: ${event.state}${event.detail === undefined ? '' : `, ${event.detail}`}`;
}
