import { testTakeOver } from '../support/take-over.ts';

testTakeOver('analytics', ['down']);
for (const stack of ['event-tracking', 'cache-api', 'email-timing']) testTakeOver(stack, ['running', 'down']);
