/** What an answer to `produce` says about the messages of each partition. Pure. */
import { protocolErrorsCodesById } from '@platformatic/kafka';
import type { SendOutcome } from '../../stack/contract/traffic.ts';
import type { ProduceResponse } from './produce-request.ts';

/**
 * Errors that come before anything of the batch is stored (https://kafka.apache.org/protocol#protocol_error_codes). Not among them
 * is 6, NOT_LEADER_OR_FOLLOWER: a leader that is replaced while it waits for its replicas says it too.
 */
const NEVER: ReadonlySet<number> = new Set([2, 3, 10, 17, 18, 21, 29, 31, 32, 35, 42, 43, 44, 76, 87]);
/** The same, and later it may go well: too few replicas are in sync. */
const NOT_NOW: ReadonlySet<number> = new Set([19]);

/** By partition; one that is not in it was not answered. @param topic the one that was written to. */
export function outcomesOf({ responses }: ProduceResponse, topic: string): ReadonlyMap<number, SendOutcome> {
  const partitions = responses.filter(({ name }) => name === topic).flatMap((one) => one.partitionResponses);
  return new Map(partitions.map((one) => [one.index, outcomeOf(one)]));
}

type PartitionResponse = ProduceResponse['responses'][number]['partitionResponses'][number];

function outcomeOf({ errorCode, errorMessage, recordErrors }: PartitionResponse): SendOutcome {
  if (errorCode === 0 && recordErrors.length === 0) return { type: 'acked' };
  const name = protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`;
  const message = recordErrors.find(({ batchIndexErrorMessage }) => batchIndexErrorMessage)?.batchIndexErrorMessage;
  const text = message || errorMessage;
  const reason = text ? `${name}: ${text}` : name;
  if (NOT_NOW.has(errorCode)) return { type: 'rejected', reason, unreachable: true };
  return NEVER.has(errorCode) ? { type: 'rejected', reason } : { type: 'unknown', reason };
}
