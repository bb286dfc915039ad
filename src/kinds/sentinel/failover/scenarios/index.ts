import type { Scenario } from '../../../../stack/contract/scenario.ts';
import { authDrift } from './auth-drift.ts';
import { busyMaster } from './busy-master.ts';
import { cascade } from './cascade.ts';
import { fullRestart } from './full-restart.ts';
import { badDownAfter, badPersistence, badPriority, badQuorum } from './known-bad.ts';
import { leaderCrashElection, leaderCrashPromotion } from './leader-crash.ts';
import { masterHang, masterHangShort } from './master-hang.ts';
import { masterKill, masterKillAutorestart } from './master-kill.ts';
import { masterStop } from './master-stop.ts';
import { clientBlackhole, packetLoss, slowNetwork } from './network.ts';
import { asymPartition, partitionClients, partitionMaster, partitionReplicas } from './partitions.ts';
import { planned, plannedCoordinated, plannedExpress, plannedGraceful } from './planned.ts';
import { quorumLost } from './quorum-lost.ts';
import { readonlyConfig } from './readonly-config.ts';
import { replicaHang, replicaKill, replicasKill } from './replicas.ts';
import { rollingRestart } from './rolling-restart.ts';
import { hostLoss, sentinelKill } from './sentinel-kill.ts';
import { sentinelPause } from './sentinel-pause.ts';
import { staleConfig } from './stale-config.ts';

/** In the order in which `--full` runs them. The first one is what runs when none is named. */
export const scenarios: readonly Scenario[] = [
  masterKill,
  masterKillAutorestart,
  masterHang,
  masterHangShort,
  masterStop,
  partitionMaster,
  partitionClients,
  partitionReplicas,
  asymPartition,
  sentinelKill,
  quorumLost,
  hostLoss,
  leaderCrashElection,
  leaderCrashPromotion,
  replicaKill,
  replicaHang,
  replicasKill,
  cascade,
  planned,
  plannedGraceful,
  plannedExpress,
  plannedCoordinated,
  rollingRestart,
  slowNetwork,
  packetLoss,
  busyMaster,
  sentinelPause,
  staleConfig,
  readonlyConfig,
  authDrift,
  fullRestart,
  clientBlackhole,
  badQuorum,
  badPriority,
  badDownAfter,
  badPersistence,
];
