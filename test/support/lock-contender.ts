/** `node lock-contender.mjs`: tries to take the lock of each path that it reads from its input, and says whether it did. */
import { createInterface } from 'node:readline';
import { StackctlError } from '../../src/errors.ts';
import { takeLock } from '../../src/lib/lock.ts';

console.log('ready');
for await (const path of createInterface({ input: process.stdin })) {
  try {
    await takeLock(path, 'contender');
    console.log('taken');
  } catch (error) {
    console.log(error instanceof StackctlError && error.code === 'E_LOCKED' ? 'locked' : String(error));
  }
}
