import { testTakeOver } from '../support/take-over.ts';

// The stacks with the most to lose; test/long/ has the others.
testTakeOver('redis-sentinel', ['running', 'down']);
testTakeOver('analytics', ['running']);
