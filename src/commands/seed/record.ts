import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StackctlError } from '../../errors.ts';
import { defined } from '../../lib/defined.ts';
import { recordText } from '../../output/record.ts';
import { formatAddress } from '../../stack/contract/model.ts';
import type { OpenRecorder } from '../../stack/contract/record.ts';
import { encoderOf } from '../../traffic/record/record-format.ts';
import { type RecordReport, recordReport } from '../../traffic/record/record-report.ts';
import { type RecordTarget, recordTarget } from '../../traffic/record/record-target.ts';
import { createRecordingFile } from '../../traffic/record/recording-file.ts';
import { runRecord } from '../../traffic/record/run-record.ts';
import { VERSION } from '../../version.ts';
import type { CommandContext, CommandModule } from '../line/command.ts';
import { requireReady } from '../session/running.ts';
import { type OpenSession, splitWords, withSession } from '../session/session.ts';
import { interruptedRun } from './interrupted-run.ts';
import { type RecordFlags, withRecordFlags } from './record-flags.ts';

export const configure: CommandModule['configure'] = (command) => void withRecordFlags(command);

/** Takes no lock, as `seed traffic`: what is recorded may be a restart. */
export const run: CommandModule<RecordFlags>['run'] = async (context, args, flags) => {
  const { stackRef, rest } = await splitWords(context, args);
  const path = resolve(context.cwd, flags.out);
  return withSession(context, stackRef, async (session) => {
    const { name } = recordTarget(session.stack, rest[0], flags.format).service;
    const stack = await requireReady(session, [name]);
    const target = recordTarget(stack, name, flags.format);
    await askToReplace(context, path);
    const { bodyLimit } = flags;
    const recorder = await target.capability.open({ stack, service: target.service }, { bodyLimit });
    try {
      return await recorded(session, { recorder, target, path, flags });
    } finally {
      await recorder.close();
    }
  });
};

/** @throws E_USAGE for what is no file, E_NEEDS_CONFIRMATION for one that is to stay. */
async function askToReplace({ confirm }: CommandContext, path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isFile() && !found.isSymbolicLink())
    throw new StackctlError('E_USAGE', `${path} is no file`, { hint: 'Give the path of a file with --out.' });
  await confirm(`${path} exists. Replace it?`);
}

interface Recording {
  readonly recorder: OpenRecorder;
  readonly target: RecordTarget;
  readonly path: string;
  readonly flags: RecordFlags;
}

async function recorded({ emit, signal }: OpenSession, { recorder, target, path, flags }: Recording) {
  const { service, format } = target;
  const { at, sendTo } = recorder;
  const { count, duration, keepCredentials, out } = flags;
  const encoder = encoderOf(format, keepCredentials === true, VERSION);
  const file = await createRecordingFile(path, encoder.frame);
  try {
    if (sendTo !== undefined)
      emit({ type: 'note', text: `only what is sent to http://${formatAddress(sendTo)} is recorded` });
    const outcome = await runRecord({
      ...{ recorder, encoder, file, emit, stop: signal, clock: performance },
      ...{ count, durationMs: duration },
      title: `record ${service.name} at ${at}`,
    });
    const interrupted = outcome.ended === 'stopped' && !isInterrupt(signal);
    const { losses } = recorder;
    const report = recordReport({
      ...{ file: out, service: service.name, format, at, sendTo, interrupted, losses, recorded: outcome },
      bytes: file.bytes,
    });
    for (const text of doubts(report)) emit({ type: 'warning', text });
    const failure = failureOf(report, outcome.loss, signal);
    return { data: report, text: recordText(report), ...defined({ failure }) };
  } finally {
    await file.close();
  }
}

/** Ctrl-C is the end that is expected. */
function isInterrupt({ reason }: AbortSignal): boolean {
  return reason instanceof StackctlError && reason.code === 'E_INTERRUPTED';
}

function doubts({ recorded: count, unfinished, service }: RecordReport): readonly string[] {
  return [
    ...(count === 0 ? [`nothing came to ${service} while it was recorded`] : []),
    ...(unfinished === 0 ? [] : [`${unfinished} not recorded: not answered when the recording ended`]),
  ];
}

/** Undefined: all that came is in the file. */
function failureOf(
  { missed, file, interrupted }: RecordReport,
  loss: StackctlError | undefined,
  { reason }: AbortSignal,
): StackctlError | undefined {
  const hint = `What was recorded until then is in ${file}, and can be replayed.`;
  if (interrupted && reason instanceof StackctlError) return interruptedRun(reason, hint);
  if (loss !== undefined)
    return new StackctlError(loss.code, `the recording is not complete: ${loss.message}`, { hint });
  if (missed === 0) return undefined;
  return new StackctlError('E_TRAFFIC_INCONCLUSIVE', `the recording is not complete: ${missed} requests are missing`, {
    hint: 'They came faster than they could be written. Give a smaller --body-limit, or record less traffic.',
  });
}
