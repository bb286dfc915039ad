import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STACKCTL = fileURLToPath(new URL('../bin/stackctl.cjs', import.meta.url));
const COMPOSE = fileURLToPath(new URL('compose/compose.yaml', import.meta.url));

/** Node alone: what every program that runs on it pays. */
export function bareNode(options) {
  return run(process.execPath, ['-e', '0'], options);
}

/** The built stackctl, as its users start it. @param {{cwd?: string, env?: NodeJS.ProcessEnv}} options */
export function stackctl(args, options) {
  return run(STACKCTL, args, options);
}

/** The same, whatever comes of it. @returns {Promise<{code: number | null, out: string}>} */
export function output(args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(STACKCTL, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out }));
  });
}

/** Docker Compose, on the file that is written by hand where no other is given. */
export function compose(project, args, env, file = COMPOSE) {
  return run('docker', ['compose', '-p', project, '-f', file, ...args], { env: { ...process.env, ...env } });
}

export function engineAnswers() {
  return succeeds(['version', '--format', '{{.Server.Version}}']);
}

/** Whether the Engine has an image or can get it. */
export async function imageIsThere(image) {
  return (await succeeds(['image', 'inspect', image])) || succeeds(['pull', '--quiet', image]);
}

function succeeds(args) {
  return runs('docker', args);
}

/** Whether a program is there and ends well. */
export function runs(program, args) {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/** Runs a program to its end. Rejects with its output when it fails: a benchmark of failures would be fast. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${[program, ...args].join(' ')} ended with ${code}:\n${output}`));
    });
  });
}

/**
 * The first of `count` ports in a row that are free now, below those that the kernel gives to outgoing connections: one
 * of these could be taken a moment later.
 */
export async function freePorts(count) {
  for (;;) {
    const first = 12_000 + Math.floor(Math.random() * 18_000);
    const all = Array.from({ length: count }, (_, index) => isFree(first + index));
    if (!(await Promise.all(all)).includes(false)) return first;
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Sends so many events of a profile. @returns `data` of the run. @throws when it was not verified. */
export async function seeded(options, count, profile) {
  const args = ['seed', 'traffic', '--count', String(count), '--profile', profile, '--json'];
  const { code, out } = await output(args, options);
  if (code !== 0) throw new Error(`seed traffic exits with ${code}: ${out.slice(0, 2000)}`);
  return JSON.parse(out).data;
}

/** A stack of one's own, down again afterwards. @param profiles name -> text. */
export async function whileUp(folder, options, { stack, profiles }, use) {
  await mkdir(join(folder, 'stack/traffic'), { recursive: true });
  await writeFile(join(folder, 'stack/stack.yaml'), stack);
  for (const [name, text] of Object.entries(profiles))
    await writeFile(join(folder, `stack/traffic/${name}.yaml`), text);
  await stackctl(['up', './stack', '--runtime', 'process', '--json'], options);
  try {
    return await use();
  } finally {
    await stackctl(['down', '--volumes', '--yes', '--json'], options);
  }
}
