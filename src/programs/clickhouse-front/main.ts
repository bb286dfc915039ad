/**
 * ClickHouse where there is no ClickHouse server. See README.md.
 *
 *   node clickhouse-front.js server CHDB CONFIG   the HTTP interface over the engine of the npm package chdb
 *   node clickhouse-front.js client [OPTIONS]     what clickhouse-client does with `--query`, a pipe or a terminal, over HTTP
 *   node clickhouse-front.js version CHDB         the ClickHouse version of the engine
 */
import { errorText } from '../../errors.ts';
import { runClient } from './client.ts';
import { engineVersion } from './engine.ts';
import { readFrontConfig, serve } from './serve.ts';

async function main([part, ...words]: readonly string[]): Promise<number> {
  const leave = new AbortController();
  switch (part) {
    case 'server': {
      const [chdb = '', config = ''] = words;
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => leave.abort());
      await serve({ chdb, config: await readFrontConfig(config), signal: leave.signal, log });
      return 0;
    }
    case 'version':
      process.stdout.write(`${await engineVersion(words[0] ?? '')}\n`);
      return 0;
    case 'client':
      process.stdout.on('error', () => process.exit(1)); // `| head` has read enough
      return runClient({
        words,
        env: process.env,
        stdin: process.stdin,
        stdout: process.stdout,
        stderr: process.stderr,
        isTerminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
      });
    default:
      throw new Error('the first argument must be "server", "client" or "version"');
  }
}

/** Standard output is the server's log. */
function log(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
}
