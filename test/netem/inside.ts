/**
 * Runs on a kernel that has netem: two network namespaces with a cable between them, of which one is slowed down as a container
 * is. Prints a line of JSON for each thing that was looked at.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { heldBackPackets, holdBack, letGo } from '../../src/runtimes/docker/network/netem.ts';

const [, script = '', role, ...modules] = process.argv;
const ROUNDS = 5;
const PORT = 7000;
const PACKETS = 500;

const sh = (line: string): void => void execFileSync('/bin/sh', ['-c', line], { stdio: 'inherit' });
const say = (what: string, result: unknown): void => console.log(`RESULT ${JSON.stringify({ what, result })}`);
const inside = (name: string, ...args: readonly string[]): ChildProcess =>
  spawn('ip', ['netns', 'exec', name, process.execPath, script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

/** Milliseconds of one question and its answer, in the middle of some, over a connection that is there already. */
async function roundTripMs(host: string): Promise<number> {
  const socket = createConnection({ host, port: PORT, noDelay: true });
  await once(socket, 'connect');
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    socket.write('x');
    await once(socket, 'data');
    took.push(performance.now() - begin);
  }
  socket.destroy();
  return took.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

/** What a program in that namespace says. */
async function asked(name: string, what: string): Promise<unknown> {
  const child = inside(name, what);
  const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return JSON.parse(String(line)) as unknown;
}
const measured = () => asked('a', 'measure');

/** How many of some packets, sent one right after the other, come before one that was sent earlier. */
async function outOfOrder(): Promise<number> {
  const socket = createSocket('udp4');
  for (let number = 0; number < PACKETS; number++) {
    socket.send(String(number), PORT, '10.9.0.2');
    if (number % 10 === 9) await delay(1);
  }
  await delay(1000);
  socket.send('how many', PORT, '10.9.0.2');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return Number(answer);
}

function listen(): void {
  const socket = createSocket('udp4');
  const numbers: number[] = [];
  socket.on('message', (bytes, { port, address }) => {
    const text = bytes.toString();
    if (text !== 'how many') return void numbers.push(Number(text));
    const late = numbers.filter((number, index) => number < (numbers[index - 1] ?? -1)).length;
    socket.send(numbers.length === PACKETS ? String(late) : `-${numbers.length}`, port, address);
    numbers.length = 0;
  });
  socket.bind(PORT, '10.9.0.2');
}

async function main(): Promise<void> {
  sh(
    'ip netns add a && ip netns add b && ip link add va type veth peer name vb && ip link set va netns a && ip link set vb netns b',
  );
  sh('ip -n a addr add 10.9.0.1/24 dev va && ip -n a link set va up && ip -n b link set vb up');
  sh('ip -n b addr add 10.9.0.2/24 dev vb && ip -n b addr add 10.9.0.3/24 dev vb');
  const server = inside('b', 'serve');
  await once(createInterface({ input: server.stdout as NodeJS.ReadableStream }), 'line');
  const container = spawn('ip', ['netns', 'exec', 'a', 'sleep', '1000']);
  await once(container, 'spawn');
  const target = {
    namespace: { pid: container.pid ?? 0, env: process.env },
    host: '10.9.0.1',
    peers: ['10.9.0.2'],
  };
  say('before', await measured());
  say('held back before', await heldBackPackets(target.namespace));
  await letGo(target.namespace);
  for (const module of modules) {
    // Without any one of them it cannot be done, and nothing of it stays.
    say(`without ${basename(module)}`, await holdBack(target, { delayMs: 100, jitterMs: 20 }));
    sh(`! ip netns exec a tc qdisc show | grep -E 'prio|netem'`);
    sh(`busybox insmod ${module}`);
  }
  say('is used', await holdBack(target, { delayMs: 100, jitterMs: 20 }));
  say('out of order', await asked('a', 'order'));
  say('slow', await measured());
  say('held back', await heldBackPackets(target.namespace));
  await letGo(target.namespace);
  await letGo(target.namespace);
  say('after', await measured());
  say('held back after', await heldBackPackets(target.namespace));
  say('without its address', await holdBack({ ...target, host: '10.9.0.9' }, { delayMs: 1 }).catch(String));
  container.kill();
  server.kill();
}

if (role === 'measure')
  console.log(JSON.stringify({ peer: await roundTripMs('10.9.0.2'), other: await roundTripMs('10.9.0.3') }));
else if (role === 'order') console.log(await outOfOrder());
else if (role === 'serve') {
  listen();
  createServer((socket) => socket.on('data', (bytes) => socket.write(bytes)).on('error', () => undefined)).listen(
    PORT,
    () => console.log('ready'),
  );
} else {
  await main().catch((error: unknown) => say('failed', String(error)));
  say('end', true);
  process.exit(0);
}
