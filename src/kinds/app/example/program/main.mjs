import { createServer } from 'node:http';

const server = createServer((_, response) => response.end('{}'));
server.listen(Number(process.env.PORT), process.env.HOST);
process.once('SIGTERM', () => server.close(() => process.exit(0)));
