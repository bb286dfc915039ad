/**
 * Loaded into a process before its program (`node --import`): ends it with SIGKILL right before its write number
 * DIE_AT to a server, counted from the CLIENT PAUSE of a hand-over on. What was written before has reached the kernel: it
 * arrives. DIE_STALL_MS: it only hangs there, so long.
 * DIE_AT_WORDS: DIE_AT counts from the first write whose words this expression fits, not from the pause on.
 * DIE_LOG: a file that gets the port and the words of each write, one JSON object a line.
 */
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const at = Number(process.env.DIE_AT);
const stallMs = Number(process.env.DIE_STALL_MS ?? 0);
const { write } = Socket.prototype;
const from = new RegExp(process.env.DIE_AT_WORDS ?? '', 'i');
let count = -1;
/** Number of the write from which DIE_AT counts. */
let first = -1;

Socket.prototype.write = function (chunk, ...rest) {
  const text = String(chunk);
  if (this.remotePort !== undefined && (count >= 0 || /\r\nPAUSE\r\n/i.test(text))) {
    count++;
    const words = text.split('\r\n').filter((line) => !/^[*$]\d+$/.test(line) && line !== '');
    if (first === -1 && from.test(words.join(' '))) first = count;
    const isIt = first !== -1 && count - first === at;
    if (isIt && stallMs === 0) process.kill(process.pid, 'SIGKILL');
    if (isIt) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
    appendFileSync(process.env.DIE_LOG, `${JSON.stringify({ port: this.remotePort, words: words.join(' ') })}\n`);
  }
  return write.call(this, chunk, ...rest);
};
