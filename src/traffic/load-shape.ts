import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { systemCode } from '../errors.ts';
import { formatBytes } from '../lib/bytes.ts';
import { readSourceIfThere } from '../lib/source-text.ts';
import type { Stack } from '../stack/contract/model.ts';
import { displayPath } from '../stack/source/display-path.ts';
import { problemsError } from '../stack/source/problem.ts';
import type { Mistake } from '../stack/source/zod-problems.ts';
import { pointsIn } from './arrival/points-csv.ts';
import type { TrafficProfile } from './profile-schema.ts';

/** Of a file with as many points as there may be: 80 bytes for each. */
const MOST_BYTES = 8 * 1024 * 1024;
const PATH = ['arrival', 'shape', 'csv'] as const;

export interface ShapeInput {
  readonly profile: TrafficProfile;
  /** Of the profile. */
  readonly path: string;
  readonly stack: Stack;
  /** The user's working folder, from which messages name files. */
  readonly cwd: string;
  /** The error for a mistake of the profile itself. */
  refuse(mistakes: readonly Mistake[]): Error;
}

/**
 * The profile with the points of the file that its shape names (`csv`), which lies beside it or elsewhere in the stack's folder.
 * @throws E_PROFILE_INVALID with file, line and column: of the profile where the file cannot be taken, else of the file.
 */
export async function withShapeOf({ profile, path, stack, cwd, refuse }: ShapeInput): Promise<TrafficProfile> {
  const csv = profile.arrival.shape?.csv;
  if (csv === undefined) return profile;
  const wrong = (message: string): Error => refuse([{ path: PATH, part: 'value', message }]);
  const file = join(dirname(path), csv);
  const problem = isAbsolute(csv) ? 'must be relative to the profile' : await whyNot(stack.folder, file);
  const source = problem === undefined ? await readSourceIfThere(file) : undefined;
  if (problem !== undefined || source === undefined) throw wrong(problem ?? NOT_THERE);
  const shown = displayPath(file, cwd);
  const { points, problems } =
    source.mistake === undefined
      ? pointsIn(source.text, shown)
      : { points: [], problems: [{ file: shown, field: '', ...source.mistake }] };
  if (problems.length > 0) throw problemsError('E_PROFILE_INVALID', shown, problems, HINT);
  return { ...profile, arrival: { ...profile.arrival, shape: { points: [...points] } } };
}

const NOT_THERE = 'there is no such file beside the profile';
const HINT = 'A row for each point: seconds or a duration, a comma, the factor of the rate. See docs/traffic.md.';

/** Why a file is not read; undefined: it is one of the stack, and not too large. Links are followed. */
async function whyNot(folder: string, file: string): Promise<string | undefined> {
  if (!isInside(folder, file)) return OUTSIDE;
  try {
    if (!isInside(await realpath(folder), await realpath(file))) return OUTSIDE;
    const found = await stat(file);
    if (!found.isFile()) return 'is no file';
    return found.size > MOST_BYTES ? `is larger than ${formatBytes(MOST_BYTES)}` : undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return NOT_THERE;
    throw error;
  }
}

const OUTSIDE = "must lie in the stack's folder, so that the stack is complete wherever it is copied to";

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
