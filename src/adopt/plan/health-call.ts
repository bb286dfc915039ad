/** Whether a health check does nothing but a GET of its own service, in whatever language it is written. Pure. */

/** What is asked; the port is the number inside. */
export interface HealthCall {
  readonly port: number;
  readonly path: string;
}

const FLAGS = String.raw`(?:-[^\s]+(?:\s+(?:\/dev\/null|-|\d+(?:\.\d+)?))?\s+)*`;
const PLACE = String.raw`(?:http:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0)(?::(\d+))?(\/[^\s"'|;&>]*)?`;
/** What makes any failure the same exit code. */
const OR_EXIT = String.raw`(?:\s*\|\|\s*(?:exit|kill|false)[\w$ -]*)?`;
const BEHIND = String.raw`(?:\s+-[^\s]+|\s*>\s*\/dev\/null|\s*2>&1|\s*&>\s*\/dev\/null)*${OR_EXIT}`;
/** A call of curl or wget that does nothing but look at the status: its output is not read. */
const HTTP_CALL = new RegExp(`^(?:curl|wget)\\s+${FLAGS}["']?${PLACE}["']?${BEHIND}$`);

/** An interpreter with a program on its command line. */
const SCRIPT =
  /^(?:\S*\/)?(?:python[\d.]*|node|nodejs|bun|deno|ruby|php[\d.]*)\s+(?:-\S+\s+)*?(?:-\w*[cer]|--eval|eval)\s/;
const CLIENT = /^(?:\S*\/)?(?:curl|wget)\s/;
/** One URL of this service that is written out: nothing is put behind it, and no part of it is a variable. */
const OWN_URL =
  /http:\/\/(?:localhost|127\.0\.0\.1)(?::(\d+))?(\/[^\s"'`|;&>)\\{}$#%]*)?(?=["'`\s)]|$)(?!["'`]\s*[+%.])/g;
/** Comparisons of the status with what a GET that succeeds answers. */
const STATUS_IS_OK = /(?:status(?:_?code)?|getcode\(\)|\bcode)\s*(?:(?:[=!]==?)\s*200\b|<\s*[34]00\b|>=\s*[34]00\b)/gi;
/** More than a look at the status: other limits of it, another method, a header, or a body that is read for what it says. */
const MORE =
  /[|=!<>]=|(?<!=)[<>]\s*\d|\||\b(?:assert|grep|jq|awk|sed|in|json|text|includes|match|indexOf|startswith|HEAD|POST|PUT|PATCH|DELETE)\b|headers|Authorization|\bdata\s*=/i;
/** Of curl and wget: a second command, what a shell fills in, a login, a header, a body. */
const MORE_OF_CLIENT =
  /[;`]|&&|\$\(|\s(?:-[a-zA-Z]*[uHdFTX]|--(?:user|header|data|form|upload|request|post|body|method)\b\S*)/;

/** @param words of the check without `CMD`, or one text for a shell. @returns undefined: it is more than that, or something else. */
export function healthCallOf(words: readonly string[]): HealthCall | undefined {
  const [shell = '', flag, script] = words;
  if (/^(?:\/bin\/)?(?:ba|da)?sh$/.test(shell) && flag === '-c' && words.length === 3)
    return healthCallOf([script ?? '']);
  const text = words.join(' ').trim();
  const plain = HTTP_CALL.exec(text);
  if (plain !== null) return { port: Number(plain[1] ?? 80), path: plain[2] ?? '/' };
  const isScript = SCRIPT.test(text);
  if (!isScript && !(CLIENT.test(text) && !MORE_OF_CLIENT.test(text))) return undefined;
  const [url, ...others] = [...text.matchAll(OWN_URL)];
  const isOnlyOne = url !== undefined && others.length === 0 && text.match(/\bhttps?:/g)?.length === 1 + imports(text);
  const rest = text
    .replace(new RegExp(`${OR_EXIT}$`), '')
    .replace(url?.[0] ?? '', '')
    .replaceAll(STATUS_IS_OK, '');
  if (!isOnlyOne || MORE.test(rest)) return undefined;
  return { port: Number(url[1] ?? 80), path: url[2] ?? '/' };
}

/** `node:http:` is no URL, and neither is a key of that name. */
function imports(text: string): number {
  return text.match(/\bhttps?:(?!\/\/)/g)?.length ?? 0;
}
