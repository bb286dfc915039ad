/** Proxies that stop their client at exactly one of its messages: what a test kills there has done no more and no less. */
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { kept } from './proxy-server.ts';

/** `before`: the server never gets the message. `after`: it has answered, and the answer does not arrive. */
export type Moment = 'before' | 'after';

export interface StoppingProxy extends AsyncDisposable {
  readonly port: number;
  /** Messages of clients since the last `arm`. */
  readonly sent: () => number;
  /** The number of the first message since then that has this text in it; 0: there was none. */
  readonly numberOf: (text: string) => number;
  /** Counts from 0 again. At message number `at` the clients get nothing any more, and `stop` is called. */
  arm(at?: number, moment?: Moment, stop?: () => void): void;
}

/** How far the client came, and where it is to be stopped. */
function openCounter() {
  let [sent, last] = [0, Number.POSITIVE_INFINITY];
  let moment: Moment = 'before';
  let stop = (): void => undefined;
  let messages: string[] = [];
  return {
    sent: () => sent,
    numberOf: (text: string) => messages.findIndex((message) => message.includes(text)) + 1,
    /** What becomes of the next message. */
    next: (message: string): 'passes' | 'is kept' | 'is the last' => {
      sent++;
      messages.push(message);
      if (sent < last) return 'passes';
      if (sent > last) return 'is kept';
      if (moment === 'after') return 'is the last';
      stop();
      return 'is kept';
    },
    isOver: () => sent >= last,
    answered: () => stop(),
    arm: (at = Number.POSITIVE_INFINITY, when: Moment = 'before', then = (): void => undefined) => {
      [sent, last, moment, stop, messages] = [0, at, when, then, []];
    },
  };
}

/** For PostgreSQL, whose client sends one message and waits for the answer to it. */
export async function openStoppingProxy(to: number): Promise<StoppingProxy> {
  const counter = openCounter();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port: to, noDelay: true });
    kept(open, client, upstream);
    let [isReady, isLast] = [false, false];
    let tail = Buffer.alloc(0);
    const answered = (): void => {
      if (isLast) counter.answered();
      isLast = false;
    };
    client.on('data', (bytes) => {
      // A message that has no answer is followed by another one.
      answered();
      const fate = counter.next(bytes.toString('latin1'));
      isLast = fate === 'is the last';
      if (fate !== 'is kept') upstream.write(bytes);
    });
    client.on('close', () => upstream.end());
    upstream.on('data', (bytes) => {
      tail = Buffer.concat([tail, bytes]).subarray(-READY.length - 1);
      const isWhole = tail.subarray(0, READY.length).equals(READY);
      if (isWhole || !isReady) answered();
      isReady ||= isWhole;
      if (!counter.isOver()) client.write(bytes);
    });
    upstream.on('close', () => {
      answered();
      client.destroy();
    });
  });
  return opened(server, counter, () => {
    for (const one of open) one.destroy();
  });
}

/** ReadyForQuery; behind it stands one byte for the state of the transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

/** For ClickHouse: a message is a request. */
export async function openStoppingHttpProxy(to: number): Promise<StoppingProxy> {
  const counter = openCounter();
  const forward = (incoming: IncomingMessage, body: string, done: (answer: IncomingMessage) => void): void => {
    const { method, url, headers } = incoming;
    const sent = request({ host: '127.0.0.1', port: to, method, path: url, headers, agent: false }, done);
    sent.on('error', () => incoming.socket.destroy());
    sent.end(body);
  };
  const server = createHttpServer(async (incoming: IncomingMessage, response: ServerResponse) => {
    const body = await textOf(incoming);
    const fate = counter.next(body);
    if (fate === 'is kept') return;
    forward(incoming, body, (answer) => {
      if (fate === 'is the last') {
        answer.resume().on('end', () => counter.answered());
      } else {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }
    });
  });
  return opened(server, counter, () => server.closeAllConnections());
}

async function opened(
  server: Server,
  { sent, numberOf, arm }: Pick<ReturnType<typeof openCounter>, 'sent' | 'numberOf' | 'arm'>,
  close: () => void,
): Promise<StoppingProxy> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    numberOf,
    arm,
    [Symbol.asyncDispose]: async () => {
      close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
