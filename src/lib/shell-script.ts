/**
 * A script as it is rendered, from the files that it is written in.
 *
 * - A line `. ./part.sh` becomes the text of that part: shellcheck follows it, and users get one file.
 * - What only a reader of the source needs is left out: lines that begin with `##`, and directives for shellcheck
 *   (`# shellcheck disable=SC2086`; one with a reason behind it stays).
 * @param parts file name -> text.
 */
export function renderedScript(source: string, parts: Readonly<Record<string, string>> = {}): string {
  const whole = source.replace(PART, (_line, name: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`the script reads ${name}, which is not among its parts`);
    return part;
  });
  return whole.replace(ONLY_IN_SOURCE, '');
}

const PART = /^\. \.\/(\S+)\n/gm;
const ONLY_IN_SOURCE = /^(?:##.*|[ \t]*# shellcheck [a-z-]+=\S+)\n/gm;
