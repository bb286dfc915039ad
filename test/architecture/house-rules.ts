/** Rules about what the text of a file may say. */
import { codeOf, type Program } from './program.ts';

/** What Node.js is started with, each a program of its own; and what other programs import. */
const FACES = [
  'start.ts',
  'main.ts',
  'api.ts',
  'programs/supervisor/main.ts',
  'programs/clickhouse-front/main.ts',
  'programs/failover-writer/main.ts',
  'programs/failover-client/main.ts',
  'programs/slow-link/main.ts',
];

const PROCESS = /\bprocess\.(argv|env|exit|exitCode)\b|from ['"](node:)?process['"]/g;

/** Files that read argv or the environment or end the process, although they are no face of a program. */
export function processViolations({ sources }: Program): readonly string[] {
  return [...sources]
    .filter(([file]) => !FACES.includes(file))
    .flatMap(([file, text]) => (codeOf(text).match(PROCESS) ?? []).map((use) => `${file} uses ${use}`));
}

/** Files that say how a step goes without `lib/events.ts`, which never forgets to say that one failed. `output/` only shows steps. */
export function stepViolations({ sources }: Program): readonly string[] {
  return [...sources]
    .filter(([file]) => file !== 'lib/events.ts' && !file.startsWith('output/'))
    .flatMap(([file, text]) => (/\btype: ['"`]step['"`]/.test(codeOf(text)) ? [`${file} emits a step by hand`] : []));
}
