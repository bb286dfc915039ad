import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import type tls from 'node:tls';
import { inspect } from 'node:util';
import { systemCode } from '../../../errors.ts';
import type { EngineAddress } from './engine-address.ts';

/** How to reach an Engine, in the words that both node:http and dockerode understand. */
export interface Connection {
  readonly protocol: 'http' | 'https';
  readonly socketPath?: string;
  readonly host?: string;
  readonly port?: number;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly agent: http.Agent;
}

/** Reads the TLS files of an address, if it has any. Undefined for a scheme that stackctl cannot use, such as ssh. */
export async function connectionTo(address: EngineAddress): Promise<Connection | undefined> {
  const { host } = address;
  // Without keep-alive: a pooled connection that the Engine has closed looks like an Engine that is gone.
  const plain = (): http.Agent => unprinted(new http.Agent(UNNAMED));
  if (host.startsWith('unix://')) return { protocol: 'http', socketPath: host.slice(7), agent: plain() };
  if (host.startsWith('npipe://')) return { protocol: 'http', socketPath: host.slice(8), agent: plain() };
  if (!/^(tcp|http|https):\/\//.test(host)) return undefined;
  const url = new URL(host.replace(/^tcp:/, 'http:'));
  const tls = await readTls(address);
  const secure = tls !== undefined || host.startsWith('https:');
  return {
    protocol: secure ? 'https' : 'http',
    host: url.hostname,
    port: Number(url.port || (secure ? 2376 : 2375)),
    ...tls,
    agent: secure ? unprinted(new https.Agent({ ...tls, rejectUnauthorized: !address.skipTlsVerify })) : plain(),
  };
}

/** For TLS only, but without a name Node.js makes one for every agent: it compiles a pattern of addresses for that, 5 ms. */
const UNNAMED: tls.ConnectionOptions = { servername: '' };

/**
 * docker-modem prints the options of every request for its debug log, also when there is no such log. An agent with its
 * sockets made that 3 ms of each request.
 */
function unprinted<T extends http.Agent>(agent: T): T {
  return Object.assign(agent, { [inspect.custom]: () => 'Agent' });
}

async function readTls({ tlsFolder }: EngineAddress): Promise<Pick<Connection, 'ca' | 'cert' | 'key'> | undefined> {
  if (tlsFolder === undefined) return undefined;
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((file) => readIfThere(join(tlsFolder, file))),
  );
  if (!ca && !cert && !key) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
