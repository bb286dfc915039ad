import dockerignore from '@balena/dockerignore';

/** Characters that are plain text in Go's `filepath.Match` and special in a regular expression. */
const PLAIN_IN_DOCKER = /[+^(){}|]/;

/**
 * Which files of a build folder Docker would not get, by the rules of its .dockerignore. A line that is no pattern leaves
 * nothing out: Docker refuses to build with it, and says so.
 * Source: docs.docker.com, "Build context", .dockerignore files; github.com/moby/patternmatcher.
 */
export function ignoredBy(text: string): (path: string) => boolean {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map(escaped)
    .filter(isPattern);
  const rules = dockerignore.default({ ignorecase: false }).add(lines);
  return (path) => rules.ignores(path);
}

/** With a backslash before each of these characters, except inside `[…]`, where none needs one. */
function escaped(line: string): string {
  let inClass = false;
  let found = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === '\\') {
      found += char + line.charAt(++at);
      continue;
    }
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    found += !inClass && PLAIN_IN_DOCKER.test(char) ? `\\${char}` : char;
  }
  return found;
}

function isPattern(line: string): boolean {
  try {
    dockerignore.default({ ignorecase: false }).add([line]).ignores('x');
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
