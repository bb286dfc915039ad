import { testTakeOver } from '../support/take-over.ts';

testTakeOver('redis-sentinel', ['down']);
for (const stack of ['analytics', 'event-tracking', 'cache-api', 'email-timing'])
  testTakeOver(stack, ['running', 'down']);
