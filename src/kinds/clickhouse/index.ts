import type { Kind } from '../../stack/contract/kind.ts';
import { adopt } from './adopt.ts';
import { advise, refuse, refuseScale } from './advice.ts';
import { CLICKHOUSE } from './binaries.ts';
import { cli, clientEnv, connection } from './client-side.ts';
import { summarize } from './engine.ts';
import { inspector } from './inspector.ts';
import { migrator } from './migrator/index.ts';
import { type ClickhouseOptions, clickhouseOptions } from './options.ts';
import { probe } from './probe.ts';
import { provision } from './provision.ts';
import { container, files, process, startFacts, variables } from './render.ts';
import { reset } from './reset.ts';
import { withSchema } from './schema/session.ts';
import { HTTP_PORT, NATIVE_PORT } from './target.ts';
import { traffic } from './traffic.ts';

export const kind: Kind<ClickhouseOptions> = {
  name: 'clickhouse',
  description:
    'One ClickHouse server; in the process runtime without an installed one, its engine behind an HTTP front.',
  options: clickhouseOptions,
  ports: [
    { name: HTTP_PORT, inside: 8123 },
    { name: NATIVE_PORT, inside: 9000 },
  ],
  defaultImage: 'clickhouse/clickhouse-server:25.8',
  volumes: ['data'],
  binaries: [CLICKHOUSE],
  variables,
  files,
  container,
  process,
  startFacts,
  refuse,
  refuseScale,
  advise,
  probe,
  summarize,
  provision,
  cli,
  clientEnv,
  connection,
  migrator: withSchema(migrator),
  inspector,
  reset,
  traffic,
  adopt,
};
