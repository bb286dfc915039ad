/** A slow network between servers: `node slow-link.js <container> <order>`, see README.md. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { aliveCheck, identify } from '../../lib/process-identity.ts';
import { slowLink } from './link.ts';
import type { SlowLinkOrder, SlowLinkPorts } from './protocol/orders.ts';

/** How long it may outlive its container. */
const LOOK_MS = 1000;

const order = JSON.parse(process.argv[3] ?? '') as SlowLinkOrder;
// It is ended by whoever takes the fault back, not by a signal for the command that began it.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);

const container = identify(order.pid);
const isThere = container === undefined ? () => false : aliveCheck(container);
setInterval(() => {
  if (!isThere()) process.exit(0);
}, LOOK_MS);

const ports: Record<string, number> = {};
for (const port of order.ports) {
  const server = createServer((incoming) => slowLink(incoming, { ...order, port }));
  await once(server.listen(0, '0.0.0.0'), 'listening');
  ports[port] = (server.address() as AddressInfo).port;
}
process.stdout.write(`${JSON.stringify(ports satisfies SlowLinkPorts)}\n`);
