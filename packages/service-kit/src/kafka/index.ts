/** `stackctl/service-kit/kafka`: one program among those that share the partitions of a topic. */

export { type Fetch, joinGroup, type Membership, type MembershipOptions } from './membership.ts';
export { type Fetched, type FetchedBlock, messageAt, type Position, valueFrom, valueSize } from './messages.ts';
