/** Listens nowhere: asks the feed every second. */
import { connect } from 'node:net';

const { FEED } = process.env;
const [host, port] = FEED.split(':');

function ask() {
  const socket = connect({ host, port: Number(port) });
  socket.once('connect', () => console.log(`connected to ${FEED}`));
  socket.once('data', (news) => console.log(String(news).trim()));
  socket.on('error', ({ message }) => console.error(message));
}

ask();
setInterval(ask, 1000);
process.once('SIGTERM', () => process.exit(0));
