import type { UpOptions } from './types.ts';

/** With what the face found out for its caller. */
export type GivenOptions = UpOptions & Required<Pick<UpOptions, 'env' | 'cwd'>>;
