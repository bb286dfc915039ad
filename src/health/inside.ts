import { PassThrough } from 'node:stream';
import type { Inside } from '../stack/contract/inside.ts';
import type { Stack } from '../stack/contract/model.ts';
import type { ObservedInstance, Runtime } from '../stack/contract/runtime.ts';
import { shownText } from '../stack/derived/shown-log.ts';

/** Of what a program prints, in characters: its last line, which may be long. */
const KEPT = 2000;

/** What a probe can find out inside an instance, by the runtime that it runs on. */
export function insideOf(
  stack: Stack,
  runtime: Pick<Runtime, 'exec' | 'logged' | 'frozen'>,
  { name: instance, startedAt }: Pick<ObservedInstance, 'name' | 'startedAt'>,
): Inside {
  return {
    run: async (argv, signal) => {
      const output = new PassThrough();
      const last = lastLineOf(output);
      const code = await runtime.exec(instance, argv, {
        environment: {},
        besideProgram: true,
        tty: false,
        stdin: undefined,
        stdout: output,
        stderr: output,
        signal,
      });
      output.end();
      return { code, lastLine: shownText(await last, stack) };
    },
    logged: (pattern, signal) => runtime.logged(instance, pattern, signal),
    frozen: () => runtime.frozen(instance),
    ranMs: () => {
      const ms = Date.now() - Date.parse(startedAt ?? '');
      return ms >= 0 ? ms : undefined;
    },
  };
}

async function lastLineOf(output: PassThrough): Promise<string> {
  let text = '';
  // Of a program that prints much only the end counts.
  for await (const chunk of output.setEncoding('utf8')) text = `${text}${chunk}`.slice(-KEPT);
  return text.trimEnd().split(/\r?\n/).at(-1) ?? '';
}
