/** `stackctl/service-kit/kafka`: one program among those that share the partitions of a topic. */

export {
  type Fetch,
  type Fetched,
  joinGroup,
  type Membership,
  type MembershipOptions,
  type Position,
} from './membership.ts';
