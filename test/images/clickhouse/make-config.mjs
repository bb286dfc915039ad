// The front's configuration from what the official image reads: CLICKHOUSE_USER, CLICKHOUSE_PASSWORD, CLICKHOUSE_DB,
// CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT, and the settings of the default profile in users.d. XML that is not well formed ends
// the start, as it does there.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const { env } = process;
const user = env.CLICKHOUSE_USER || 'default';
const password = env.CLICKHOUSE_PASSWORD || '';
// Without any of these the official image shuts its user off from the network.
const isOpen = user !== 'default' || password !== '' || (env.CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT || '0') !== '0';
if (!isOpen) console.error('neither CLICKHOUSE_USER nor CLICKHOUSE_PASSWORD is set, disabling network access');

const settings = {};
for (const file of xmlFiles('config.d')) read(file);
for (const file of xmlFiles('users.d')) {
  for (const { path, text } of read(file)) {
    const [, name] = /^clickhouse\/profiles\/default\/(\w+)$/.exec(path) ?? [];
    if (name !== undefined) settings[name] = text;
  }
}
const database = env.STAND_IN_INITIALISED === '1' ? 'default' : env.CLICKHOUSE_DB || 'default';
const passwordSha256 = createHash('sha256').update(password).digest('hex');
const host = isOpen ? '0.0.0.0' : '127.0.0.1';
writeFileSync(process.argv[2], JSON.stringify({ host, port: 8123, user, passwordSha256, database, settings }), {
  mode: 0o600,
});

function xmlFiles(folder) {
  const path = `/etc/clickhouse-server/${folder}`;
  return readdirSync(path)
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .map((name) => `${path}/${name}`);
}

/** The elements of a file in their order: path of names, and text. */
function read(file) {
  const text = readFileSync(file, 'utf8').replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, '');
  const open = [];
  const found = [];
  let last = 0;
  for (const match of text.matchAll(/<(\/?)([\w.-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/g)) {
    const between = text.slice(last, match.index);
    if (/[<>]/.test(between)) throw new Error(`${file} is not well formed near ${between.trim().slice(0, 60)}`);
    last = match.index + match[0].length;
    const [, closing, name, , selfClosing] = match;
    if (closing === '' && selfClosing === '') open.push(name);
    if (closing === '') continue;
    found.push({ path: open.join('/'), text: decoded(between.trim()) });
    if (open.pop() !== name) throw new Error(`${file} is not well formed: </${name}>`);
  }
  if (open.length > 0 || /[<>]/.test(text.slice(last))) throw new Error(`${file} is not well formed at its end`);
  return found;
}

function decoded(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
