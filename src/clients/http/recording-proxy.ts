/** A gateway of the service kit inside of this process, in front of one address: for a service that nothing stands before that records. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createProxy, createRecorder, type Log, RECORDING_PATH, type Upstream } from '../../lib/gateway.ts';
import { Secret } from '../../lib/secret.ts';
import type { Address } from '../../stack/contract/model.ts';

export interface RecordingProxy {
  /** On loopback, a port that was free. */
  readonly address: Address;
  readonly path: string;
  readonly key: Secret;
  /** Breaks off what is under way. */
  close(): Promise<void>;
}

const CONNECT_MS = 3000;
/** As long as a service may want: it is not for its proxy to say how long it may think. */
const SILENT_MS = 600_000;
const LOOPBACK = '127.0.0.1';

/** Passes on to `behind` what comes to its own address. */
export async function openRecordingProxy(behind: Address): Promise<RecordingProxy> {
  const key = randomBytes(32).toString('base64url');
  const upstream: Upstream = {
    ...behind,
    name: `${behind.host}:${behind.port}`,
    up: true,
    active: 0,
    answered: 0,
    failed: 0,
  };
  const recorder = createRecorder(key);
  const proxy = createProxy({
    upstreams: () => [upstream],
    connectTimeoutMs: CONNECT_MS,
    idleTimeoutMs: SILENT_MS,
    maxBodyBytes: Number.MAX_SAFE_INTEGER,
    // The client is told by the answer: 502, 503.
    log: SILENT,
  });
  const server = createServer((incoming, outgoing) => {
    if (recorder.answer(incoming, outgoing)) return;
    recorder.observe({ incoming, outgoing });
    proxy(incoming, outgoing);
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: LOOPBACK, port },
    path: RECORDING_PATH,
    key: new Secret(key),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const nothing = (): void => undefined;
const SILENT: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing, with: () => SILENT };
