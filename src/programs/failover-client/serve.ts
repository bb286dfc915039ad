import { createInterface } from 'node:readline';
import type { Answer, Hello, Order, Ready } from './protocol/adapter.ts';

/** A client library, as an application has it. */
export interface Client {
  readonly version: string;
  /** One write with all that the library does about errors. Rejects with its last one. */
  rpush(key: string, value: string): Promise<unknown>;
}

/**
 * Reads what is to be written and says what became of it, until standard input ends. Writes that wait in the library go with the
 * process. An error is never called `fail`: the library may have sent the write before, and only the last attempt is known.
 */
export async function serve(name: string, connect: (hello: Hello) => Promise<Client>): Promise<void> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) return;
  const client = await connect(JSON.parse(first.value) as Hello);
  say({ ready: true, client: name, version: client.version });
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const { id, key, value } = JSON.parse(line.value) as Order;
    client.rpush(key, value).then(
      () => say({ id, type: 'ok' }),
      (error: unknown) => say({ id, type: 'info', error: error instanceof Error ? error.message : String(error) }),
    );
  }
}

function say(message: Ready | Answer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
