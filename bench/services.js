import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { output, runs, seeded, stackctl } from './programs.js';

const PAIRS = 5;
const SECONDS = 2;
const CONNECTIONS = 16;
/** What the time of so many requests is compared of. */
const REQUESTS = 10_000;
const EVENT = { tenantId: 'tenant-1', method: 'GET', path: '/orders', status: 200, latencyMs: 12 };

/**
 * The services of the stacks under load, each beside the least that the same process can do: a request with a body and what comes of it
 * beside `/health`, and through the gateway beside without. `wrk` (Debian's package of this name) makes the load.
 */
export async function services(inFolder, report, skip) {
  if (!(await runs('sh', ['-c', 'command -v wrk'])))
    return [skip('the services under load', 'wrk', 'there is no wrk on PATH')];
  return [
    ...(await inFolder((folder, options) => eventTracking(folder, options, report))),
    ...(await inFolder((folder, options) => cacheApi(folder, options, report))),
    await inFolder((folder, options) => besideAutocannon(folder, options, report, skip)),
  ];
}

/** So many that a cold start of either program is a small part. */
const APART = 30_000;

/** One event a request, over as many connections, through the same gateway; every event is read back, which is not in the time. */
async function besideAutocannon(folder, options, report, skip) {
  const name = `${APART} events of seed traffic, one a request : autocannon`;
  if (!(await runs('sh', ['-c', 'command -v autocannon'])))
    return skip(name, 'autocannon', 'there is no autocannon on PATH: npm install --global autocannon');
  const stack = join(folder, 'stack');
  await cp(new URL('../templates/event-tracking', import.meta.url), stack, { recursive: true });
  const together = await readFile(join(stack, 'traffic/requests.yaml'), 'utf8');
  const apart = Object.entries({
    'profile: requests': 'profile: apart',
    'batch: 50': 'batch: 1',
    'inFlight: 4': `inFlight: ${CONNECTIONS}`,
    'events: together': 'events: apart',
  }).reduce((text, [from, to]) => text.replace(from, to), together);
  await writeFile(join(stack, 'traffic/apart.yaml'), apart);
  return whileUp('./stack', 'backend', options, async (addressOf) => {
    const url = `${addressOf('gateway-1')}/api/v1/events`;
    const ours = async () => (await seeded(options, APART, 'apart')).durationMs;
    const theirs = async () => (APART * 1000) / (await autocannon(url));
    const passes = await report({ name, goal: 1 / 0.9, rounds: PAIRS, ours, theirs });
    const script = await postScript(folder, EVENT);
    console.log(`note  wrk: ${Math.round(await load(url, ['-s', script]))} requests a second`);
    return passes;
  });
}

/** Requests a second that were answered with 2xx. @throws when one was not. */
async function autocannon(url) {
  const shape = ['-c', String(CONNECTIONS), '-d', '8', '-m', 'POST', '-H', 'content-type=application/json'];
  const { stdout } = await promisify(execFile)('autocannon', [...shape, '-b', JSON.stringify(EVENT), '--json', url]);
  const { '2xx': answered, non2xx, errors, duration } = JSON.parse(stdout);
  if (!(answered > 0) || non2xx > 0 || errors > 0) throw new Error(`autocannon of ${url}: ${stdout}`);
  return answered / duration;
}

async function eventTracking(folder, options, report) {
  return whileUp('event-tracking', 'backend', options, async (addressOf) => {
    const script = await postScript(folder, EVENT);
    const [direct, gateway] = [addressOf('backend-1'), addressOf('gateway-1')];
    const post = (address) => load(`${address}/api/v1/events`, ['-s', script]);
    const health = () => load(`${direct}/health`);
    return [
      await report(pair('POST of one event : GET /health of the same backend', 0.6, () => post(direct), health)),
      await report(
        pair(
          'POST of one event through the gateway : without it',
          0.85,
          () => post(gateway),
          () => post(direct),
        ),
      ),
    ];
  });
}

async function cacheApi(folder, options, report) {
  return whileUp('cache-api', 'opalmind-api', options, async (addressOf, variables) => {
    const address = addressOf('opalmind-api-1');
    const authorization = `Bearer ${variables.OPAL_BEARER_TOKEN}`;
    const script = await postScript(folder, { url: 'https://example.org/p/1', title: 'One' }, { authorization });
    return [
      await report(
        pair(
          'POST of a page view : GET /health of the same API',
          0.5,
          () => load(`${address}/track/pageview`, ['-s', script]),
          () => load(`${address}/health`),
        ),
      ),
    ];
  });
}

function pair(name, share, ours, theirs) {
  const time = (rate) => async () => (REQUESTS * 1000) / (await rate());
  return { name, goal: 1 / share, rounds: PAIRS, ours: time(ours), theirs: time(theirs) };
}

async function whileUp(stack, service, options, use) {
  await stackctl(['up', stack, '--runtime', 'process', '--ports', 'auto', '--json'], options);
  try {
    const { data } = JSON.parse((await output(['status', '--json'], options)).out);
    const variables = JSON.parse((await output(['env', service, '--format', 'json'], options)).out);
    const addressOf = (name) => `http://${data.instances.find((one) => one.name === name).client}`;
    return await use(addressOf, variables);
  } finally {
    await stackctl(['down', '--volumes', '--yes', '--json'], options);
  }
}

async function postScript(folder, body, headers = {}) {
  const file = join(folder, 'post.lua');
  const all = { 'content-type': 'application/json', ...headers };
  const lines = Object.entries(all).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  const text = `wrk.method = "POST"\nwrk.body = ${JSON.stringify(JSON.stringify(body))}\n${lines.join('\n')}\n`;
  await writeFile(file, text);
  return file;
}

/** Requests a second that were answered with 2xx. @throws when one was not. */
async function load(url, more = []) {
  const shape = ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`];
  const { stdout } = await promisify(execFile)('wrk', [...shape, ...more, url]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  if (!(rate > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk of ${url}: ${stdout}`);
  return rate;
}
