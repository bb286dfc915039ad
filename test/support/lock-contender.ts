/**
 * `node lock-contender.mjs`: tries to take the lock of each path that it reads from its input, and says whether it did.
 * `node lock-contender.mjs PATH`: tries until it has it, says so, and keeps it until it is killed.
 */
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { StackctlError } from '../../src/errors.ts';
import { takeLock } from '../../src/lib/lock.ts';

const [path] = process.argv.slice(2);
console.log('ready');
if (path === undefined) {
  for await (const line of createInterface({ input: process.stdin })) console.log(await attempt(line));
} else {
  let said = 'locked';
  while (said === 'locked') said = await attempt(path);
  console.log(said);
  await delay(60_000);
}

async function attempt(at: string): Promise<string> {
  try {
    await takeLock(at, 'contender');
    return 'taken';
  } catch (error) {
    return error instanceof StackctlError && error.code === 'E_LOCKED' ? 'locked' : String(error);
  }
}
