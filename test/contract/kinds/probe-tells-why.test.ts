import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InstanceInput, serviceOf } from '../../../src/stack/contract/model.ts';
import { freePorts } from '../../support/free-ports.ts';
import { allKinds, EXAMPLE_SERVICE, exampleStack } from '../../support/kinds-under-test.ts';

/** What the probe of every kind promises about ports that are not what they should be. */

const examples = await Promise.all(allKinds.kindNames().map(async (kind) => [kind, await exampleOf(kind)] as const));

async function exampleOf(kind: string): Promise<InstanceInput> {
  const stack = await exampleStack(kind, 'process', () => 'secret');
  const service = serviceOf(stack, EXAMPLE_SERVICE);
  const [instance] = service.instances;
  if (instance === undefined) throw new Error(`the example of ${kind} has no instance`);
  return { stack, service, instance };
}

/** As `checkStack` has it. */
const PROBE_LIMIT_MS = 2500;
/** A probe that does not keep to its limit runs into this one. */
const TEST_LIMIT_MS = 5000;

describe.concurrent('a probe tells why, and never fails, when', { timeout: TEST_LIMIT_MS }, () => {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  let closed = 0;
  let silent = 0;
  let nonsense = 0;

  beforeAll(async () => {
    closed = await freePorts(1);
    silent = await listen(() => undefined);
    nonsense = await listen((socket) => socket.end(Buffer.from([0, 255, 13, 10, 42, 13, 10, 13, 10])));
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  async function listen(answer: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      answer(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  test.concurrent.for(examples)('nothing listens: %s', async ([, input]) => {
    expect((await probeAt(input, closed)).reasons).not.toEqual([]);
  });

  test.concurrent.for(examples)('the port answers nonsense: %s', async ([, input]) => {
    expect((await probeAt(input, nonsense)).reasons).not.toEqual([]);
  });

  test.concurrent.for(examples)('the port takes the connection and stays silent: %s', async ([, input]) => {
    const { reasons, role } = await probeAt(input, silent);
    expect({ reasons, role }).toEqual({ reasons: [expect.stringMatching(/./)], role: undefined });
  });

  /** Every port of the instance becomes this one. */
  function probeAt(input: InstanceInput, port: number) {
    const address = { host: '127.0.0.1', port };
    const ports = input.instance.ports.map((one) => ({ ...one, inside: port, host: port }));
    const instance = { ...input.instance, ports, peer: address, client: address };
    const service = { ...input.service, instances: [instance] };
    const services = input.stack.services.map((one) => (one.name === service.name ? service : one));
    const stack = { ...input.stack, services };
    return service.kind.probe({ stack, service, instance }, AbortSignal.timeout(PROBE_LIMIT_MS));
  }
});
