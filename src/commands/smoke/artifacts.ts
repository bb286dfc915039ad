/** What explains a failure, in a folder for whoever looks at it later. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from '../../errors.ts';
import { isThere, writeFileAtomic } from '../../lib/files.ts';
import { redactor } from '../../lib/redact.ts';
import { unpainted } from '../../output/paint.ts';
import { statusText } from '../../output/status.ts';
import type { PhaseReport } from '../../smoke/phases.ts';
import { spellingsOf } from '../../smoke/spellings.ts';
import { secretTexts } from '../../stack/derived/shown-log.ts';
import { readStatus } from '../session/health-report.ts';
import { type OpenSession, withSession } from '../session/session.ts';
import { versions } from '../session/versions.ts';
import type { SmokeProject } from './own-project.ts';

/** Lines of the log of each instance at most: the newest. */
const LOG_LINES = 20_000;

/** Never throws: what cannot be had is a warning, and the rest is written. */
export async function saveArtifacts(
  { context, stackRef, paths, stack }: SmokeProject,
  given: string,
  phases: readonly PhaseReport[],
): Promise<void> {
  const folder = resolve(context.cwd, given);
  const { emit } = context;
  try {
    const found = { versions: versions(), phases };
    if (!(await isThere(paths.record)))
      return await write(folder, 'phases.json', redactor(secretTexts(stack), spellingsOf)(json(found)));
    await withSession({ ...context, signal: new AbortController().signal }, stackRef, async (session) => {
      const hide = redactor(secretTexts(session.stack), spellingsOf);
      await write(folder, 'phases.json', hide(json(found)));
      const part = async (what: string, save: () => Promise<void>) => {
        await save().catch((error: unknown) =>
          emit({ type: 'warning', text: `no ${what} in ${folder}: ${errorText(error)}` }),
        );
      };
      await part('status', () => saveStatus(session, folder, hide));
      await part('logs', () => saveLogs(session, folder, hide));
      await part('rendered files', () => copyTexts(paths.rendered, join(folder, 'rendered'), hide));
      await part('runs', () => copyTexts(join(paths.root, 'failover'), join(folder, 'failover'), hide));
    });
    emit({ type: 'note', text: `logs and files are in ${folder}` });
  } catch (error) {
    emit({ type: 'warning', text: `nothing could be kept in ${folder}: ${errorText(error)}` });
  }
}

async function saveStatus(session: OpenSession, folder: string, hide: Hide): Promise<void> {
  const view = await readStatus(session);
  await write(folder, 'status.json', hide(json(view)));
  await write(folder, 'status.txt', hide(`${unpainted(statusText(view))}\n`));
}

async function saveLogs({ stack, runtime, signal }: OpenSession, folder: string, hide: Hide): Promise<void> {
  const names = stack.services.flatMap(({ instances }) => instances.map(({ name }) => name));
  for (const name of names) {
    const lines: string[] = [];
    const options = { follow: false, since: undefined, tail: LOG_LINES, signal, timeOf: () => undefined };
    for await (const { text } of runtime.logs([name], options)) lines.push(text);
    await write(join(folder, 'logs'), `${name}.log`, hide(`${lines.join('\n')}\n`));
  }
}

type Hide = (text: string) => string;

async function copyTexts(from: string, to: string, hide: Hide): Promise<void> {
  if (!(await isThere(from))) return;
  for (const entry of await readdir(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await write(to, path.slice(from.length + 1), hide(await readFile(path, 'utf8')));
  }
}

async function write(folder: string, name: string, text: string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, text, 0o600);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
