import { gateRuntimes } from '../support/require.ts';
import { testTakeOver } from '../support/take-over.ts';

// The stack with the most to lose; test/long/ has the others, and the other ways.
testTakeOver('redis-sentinel', ['running'], gateRuntimes('process'));
