/**
 * Which files of a build folder Docker would not get, by the rules of a .dockerignore: one pattern a line, `#` begins a
 * comment, `!` brings files back, the last line that fits decides, and a pattern that fits a folder fits all below it.
 * Source: docs.docker.com, "Build context", .dockerignore files.
 */
export function ignoredBy(text: string): (path: string) => boolean {
  const rules = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ brings: line.startsWith('!'), pattern: patternOf(line.replace(/^!/, '')) }));
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.brings === false;
}

/** `**` is any number of folders, `*` and `?` stay within one name. */
function patternOf(glob: string): RegExp {
  const plain = glob
    .trim()
    .replace(/^\.?\/+/, '')
    .replace(/\/+$/, '');
  const source = plain.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => WILDCARDS[found] ?? `\\${found}`);
  return new RegExp(`^${source}(/.*)?$`);
}

const WILDCARDS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };
