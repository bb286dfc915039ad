/**
 * Loaded into a process before its program (`node --import`): ends it with SIGKILL right before its write number
 * DIE_AT to a server, counted from the CLIENT PAUSE of a hand-over on. What was written before has reached the kernel: it
 * arrives. DIE_STALL_MS: it only hangs there, so long.
 * DIE_LOG: a file that gets the port and the words of each write, one JSON object a line.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const at = Number(process.env.DIE_AT);
const stallMs = Number(process.env.DIE_STALL_MS ?? 0);
const { write } = Socket.prototype;
let count = -1;

Socket.prototype.write = function (chunk, ...rest) {
  const text = String(chunk);
  if (this.remotePort !== undefined && (count >= 0 || /\r\nPAUSE\r\n/i.test(text))) {
    count++;
    if (count === at && stallMs === 0) process.kill(process.pid, 'SIGKILL');
    if (count === at) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
    const words = text.split('\r\n').filter((line) => !/^[*$]\d+$/.test(line) && line !== '');
    appendFileSync(process.env.DIE_LOG, `${JSON.stringify({ port: this.remotePort, words: words.join(' ') })}\n`);
  }
  return write.call(this, chunk, ...rest);
};
