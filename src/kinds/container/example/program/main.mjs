/** An answer over HTTP at PORT, and a line for whoever connects to PORT_FEED. */
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';

const { HOST, PORT, PORT_FEED } = process.env;
const pages = createHttpServer((_, response) => response.end('{}'));
const feed = createServer((socket) => socket.on('error', () => undefined).end('news\n'));
pages.listen(Number(PORT), HOST);
feed.listen(Number(PORT_FEED), HOST);
process.once('SIGTERM', () => process.exit(0));
