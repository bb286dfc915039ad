import { type AskOptions, type ClickhouseTarget, codeOf, posted, textOf, throwError } from './ask.ts';
import { ClickhouseError } from './failure.ts';

/**
 * Runs a statement whose answer may be larger than memory: rows in the format TabSeparated, a line each, of which only ASCII is read.
 * @param read is given whole lines, many at once.
 * @throws as `askClickhouse`.
 */
export async function readLinesOfClickhouse(
  target: ClickhouseTarget,
  statement: string,
  read: (lines: string) => void,
  options: AskOptions = {},
): Promise<void> {
  const response = await posted(target, statement, 'TabSeparated', options);
  if (codeOf(response) !== 0 || response.statusCode !== 200) throwError(response, await textOf(response));
  let [rest, tail] = ['', ''];
  for await (const chunk of response) {
    const text = rest + (chunk as Buffer).toString('latin1');
    tail = (tail + text).slice(-TAIL);
    const end = text.lastIndexOf('\n') + 1;
    read(text.slice(0, end));
    rest = text.slice(end);
  }
  read(rest);
  // A failure behind the first rows comes with the status of a success, as the last lines of the answer.
  const [told, code] = FAILURE.exec(tail) ?? [];
  if (told !== undefined) throw new ClickhouseError(Number(code), response.statusCode ?? 0, told);
}

const TAIL = 8192;
const FAILURE = /(?:^|\n)Code: (\d+)\. DB::Exception[\s\S]*/;
