import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const EVENTS = 200_000;
const ROUNDS = 7;
/** Events of this one for each second of CPU, as lines of JSON. */
const MEASURED = 'event-tracking requests';
const GOAL_PER_S = 1_000_000;

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * What the events of each built-in profile cost in this process, warmed up: CPU time of an event that is only drawn and made an object,
 * of one that becomes a line of JSON in bytes, and of one that is hashed too. Resolves with whether the goal is reached.
 */
export async function generator() {
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-bench-'));
  try {
    const traffic = await load(folder);
    const passes = [];
    for (const [name, text] of await profiles()) {
      const input = { profile: traffic.profileSchema.parse(traffic.parse(text)), seed: 7, count: EVENTS };
      const line = cpuNs(() => drain(traffic.eventLines(input)));
      const digest = cpuNs(() => traffic.digestOf(input));
      const object = cpuNs(() => bodies(traffic, input));
      const perS = Math.round(1e9 / line);
      const isMeasured = name === MEASURED;
      const passed = !isMeasured || perS >= GOAL_PER_S;
      console.log(
        `${isMeasured ? (passed ? 'pass' : 'FAIL') : 'note'}  an event of ${name}, as a line of JSON: ${show(line)}`,
      );
      console.log(`      with its SHA-256 ${digest.toFixed(0)} ns, as an object ${object.toFixed(0)} ns of CPU`);
      if (isMeasured) console.log(`      ${perS} a second of CPU (goal: at least ${GOAL_PER_S})`);
      passes.push(passed);
    }
    return passes;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function show(ns) {
  return `${ns.toFixed(0)} ns of CPU, ${Math.round(1e9 / ns)} a second`;
}

/** `stack profile` and the text of each. */
async function profiles() {
  const found = [];
  for (const stack of (await readdir(TEMPLATES)).toSorted()) {
    const files = await readdir(join(TEMPLATES, stack, 'traffic')).catch(() => []);
    for (const file of files.toSorted())
      found.push([
        `${stack} ${file.replace('.yaml', '')}`,
        await readFile(join(TEMPLATES, stack, 'traffic', file), 'utf8'),
      ]);
  }
  return found;
}

function drain(pieces) {
  let bytes = 0;
  for (const piece of pieces) bytes += piece.length;
  return bytes;
}

/** The object of each event that has a body, made once, wherever it is sent. */
function bodies({ planOf, eventsOf }, { profile, seed, count }) {
  const plan = planOf(profile);
  const { of, operationOf } = eventsOf({ profile, plan, seed, runId: 'a1b2c3d4-e5f6', epochMs: Date.UTC(2026, 0, 1) });
  const made = plan.operations.map(
    (_, operation) => of[plan.routes.findIndex((route) => route.operation === operation && route.hasBody)],
  );
  let fields = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const eventAt = made[operationOf(sequence)];
    if (eventAt !== undefined) fields += Object.keys(eventAt(sequence).body).length;
  }
  return fields;
}

/** CPU time of an event, in nanoseconds: the median of several rounds behind two that warm it up. */
function cpuNs(work) {
  work();
  work();
  const found = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    found.push(((user + system) * 1000) / EVENTS);
  }
  return found.toSorted((a, b) => a - b)[ROUNDS >> 1];
}

async function load(folder) {
  const outfile = join(folder, 'generator.mjs');
  const from = fileURLToPath(new URL('../src/traffic', import.meta.url));
  await build({
    stdin: {
      contents: `
        export { digestOf, eventLines } from './emit.ts';
        export { eventsOf, planOf } from './operations.ts';
        export { profileSchema } from './profile-schema.ts';
        export { parse } from 'yaml';`,
      resolveDir: from,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import{createRequire as __nodeRequire}from'node:module';const require=__nodeRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile));
}
