/** The writer of a failover run: `node failover-writer.js`, see README.md. */
import { createInterface } from 'node:readline';
import {
  monotonicMs,
  type SentRecord,
  type StopOrder,
  toLine,
  type WriterMessage,
  type WriterPlan,
} from './protocol/plan.ts';
import { startClosedLoop, startWorkload } from './workload.ts';
import { openWriter, type Writer } from './writer.ts';

/** Records that wait for the next line: the other side is woken up less often, and not later than it looks. */
const FLUSH_MS = 20;

// The end of its input tells it to end, and nothing else: an interrupt or a closed terminal is for the command, which decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.once('end', () => process.exit(0));

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const plan = await nextLine<WriterPlan>();
const writer = await openAny(plan);
const waiting: SentRecord[] = [];
const flush = (): void => {
  if (waiting.length > 0) say({ type: 'records', records: waiting.splice(0).map(toLine) });
};
say({ type: 'open', discoveryMs: writer.discoveryMs, title: writer.title });
const { ratePerS, closedLoop } = plan;
const onRecord = (record: SentRecord): void => {
  if (closedLoop?.isRecorded !== false) waiting.push(record);
};
const load = { ratePerS, clock: { now: monotonicMs }, write: writer.write, onRecord };
const workload = closedLoop === undefined ? startWorkload(load) : startClosedLoop(load, closedLoop.inFlight);
const timer = setInterval(flush, FLUSH_MS);
const { drainMs } = await nextLine<StopOrder>();
workload.stop();
await workload.drain(drainMs);
clearInterval(timer);
const heard = await writer.heard?.();
writer.close();
flush();
say({ type: 'stopped', stats: { ...workload.stats(), problem: writer.problem(), heard } });
process.stdin.destroy();

/** Only what a client needs is loaded for one. */
async function openAny(whole: WriterPlan): Promise<Writer> {
  const { client } = whole;
  if (client === undefined) return openWriter(whole);
  const { openClientWriter } = await import('./client-writer.ts');
  const opened = await openClientWriter(whole, client, (group) => say({ type: 'started', group }));
  if ('write' in opened) return opened;
  say({ type: 'refused', problem: opened.problem });
  process.exit(0);
}

function say(message: WriterMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The end of the input is the end of the command that wanted the writes. */
async function nextLine<T>(): Promise<T> {
  const line = await lines.next();
  if (line.done === true) process.exit(0);
  return JSON.parse(line.value) as T;
}
