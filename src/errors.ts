/**
 * The one error class of the program and the one table of error codes.
 *
 * A code is a contract: scripts match on it in the JSON envelope (`error.code`). The table gives each code its exit
 * code, so that no other file has to know one.
 */
import { types } from 'node:util';

/** Exit codes, in the words of the README's table. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  needsConfirmation: 3,
  runtimeMissing: 4,
  unhealthy: 5,
  assertionFailed: 6,
  locked: 7,
  inconclusive: 8,
  sigint: 130,
  sigterm: 143,
} as const;

/** Every error code, with the exit code that it ends the program with. */
export const CODES = {
  E_INTERNAL: EXIT.failed,
  E_USAGE: EXIT.usage,
  E_CONFIG_INVALID: EXIT.usage,
  E_STACK_NOT_FOUND: EXIT.usage,
  E_STACK_INVALID: EXIT.usage,
  E_VALUE_INVALID: EXIT.usage,
  E_PROJECT_NOT_FOUND: EXIT.usage,
  E_PROJECT_AMBIGUOUS: EXIT.usage,
  E_PROJECT_COPIED: EXIT.usage,
  E_INSTANCE_NOT_FOUND: EXIT.usage,
  E_NEEDS_CONFIRMATION: EXIT.needsConfirmation,
  E_ENGINE_MISSING: EXIT.runtimeMissing,
  E_ENGINE_GONE: EXIT.failed,
  E_COMPOSE_MISSING: EXIT.runtimeMissing,
  E_COMPOSE_FAILED: EXIT.failed,
  E_IMAGE_MISSING: EXIT.runtimeMissing,
  E_BUILD_FAILED: EXIT.failed,
  E_BINARY_MISSING: EXIT.runtimeMissing,
  E_BINARY_VERSION: EXIT.runtimeMissing,
  E_PORT_IN_USE: EXIT.failed,
  E_NO_FREE_PORT: EXIT.failed,
  E_NO_FREE_SUBNET: EXIT.failed,
  E_STATE_UNREADABLE: EXIT.failed,
  E_STATE_UNWRITABLE: EXIT.failed,
  E_DISK_FULL: EXIT.failed,
  E_DATA_TOO_NEW: EXIT.failed,
  E_START_FAILED: EXIT.unhealthy,
  E_NOT_READY: EXIT.unhealthy,
  E_NOT_RUNNING: EXIT.unhealthy,
  E_UNHEALTHY: EXIT.unhealthy,
  E_STOP_FAILED: EXIT.failed,
  E_SUPERVISOR: EXIT.failed,
  E_FAULT_UNSUPPORTED: EXIT.usage,
  E_FAULT_FAILED: EXIT.failed,
  E_SCALE_REFUSED: EXIT.failed,
  E_DRIFT: EXIT.assertionFailed,
  E_HISTORY_INVALID: EXIT.usage,
  E_CLIENT_FAILED: EXIT.failed,
  E_PROFILE_NOT_FOUND: EXIT.usage,
  E_PROFILE_INVALID: EXIT.usage,
  E_RECORDING_NOT_FOUND: EXIT.usage,
  E_RECORDING_INVALID: EXIT.usage,
  E_TRAFFIC_LOST: EXIT.assertionFailed,
  E_TRAFFIC_UNVERIFIED: EXIT.assertionFailed,
  E_TRAFFIC_THRESHOLD: EXIT.assertionFailed,
  E_TRAFFIC_INCONCLUSIVE: EXIT.inconclusive,
  E_VIEW_NOT_FOUND: EXIT.usage,
  E_INSPECT_FAILED: EXIT.failed,
  E_RESET_FAILED: EXIT.failed,
  E_MIGRATION_INVALID: EXIT.usage,
  E_MIGRATION_UNAVAILABLE: EXIT.failed,
  E_MIGRATION_BLOCKED: EXIT.failed,
  E_MIGRATION_FAILED: EXIT.failed,
  E_MIGRATION_PENDING: EXIT.assertionFailed,
  E_MIGRATION_UNSOUND: EXIT.assertionFailed,
  E_MIGRATION_LINT: EXIT.assertionFailed,
  E_MIGRATION_UNVERIFIED: EXIT.assertionFailed,
  E_VERDICT_FAIL: EXIT.assertionFailed,
  E_VERDICT_INCONCLUSIVE: EXIT.inconclusive,
  E_DOCTOR_FAIL: EXIT.failed,
  E_LOCKED: EXIT.locked,
  E_INTERRUPTED: EXIT.sigint,
  E_TERMINATED: EXIT.sigterm,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof CODES;

export interface ErrorParts {
  /** What to run or change next, as a sentence or a command line. */
  readonly hint?: string;
  /** JSON-ready facts for scripts: file, line, field, holder, log lines. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** What failed, why, and what to do next. The only error class that a feature throws on purpose. */
export class StackctlError extends Error {
  override readonly name = 'StackctlError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
    this.hint = parts.hint;
    this.details = parts.details ?? {};
  }

  get exitCode(): number {
    return CODES[this.code];
  }
}

/** The `code` of a Node.js system error (`ENOENT`, `EADDRINUSE`, …), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Also for an error of Node.js itself where this code runs in a context of its own, as test runners make them (Jest, `vmThreads` of
 * Vitest): `Error` is another one there.
 */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}

/** What an error says: its message, or any other thrown value as text. */
export function errorText(error: unknown): string {
  return isError(error) ? error.message : String(error);
}

/** For the log of a program: where the error came from, if it says so. */
export function errorTrace(error: unknown): string {
  return isError(error) ? (error.stack ?? error.message) : String(error);
}
