import type { Kind } from '../../stack/contract/kind.ts';
import { traffic } from '../_shared/http/traffic.ts';
import { checkMs } from '../_shared/program/check-ms.ts';
import { refuseReadiness } from '../_shared/program/refuse-readiness.ts';
import { templateVariables } from '../_shared/program/template-variables.ts';
import { clientEnv, connection } from './client-side.ts';
import { type AppOptions, appOptions } from './options.ts';
import { probe } from './probe.ts';
import { container, files, process, startFacts, watchedConfig } from './render.ts';

export const kind: Kind<AppOptions> = {
  name: 'app',
  description:
    'An HTTP service: a program that the stack brings along, in a container built from its folder or as a local process.',
  options: appOptions,
  // In a container too the program listens on the port that the stack gives.
  ports: [{ name: 'http', inside: 8080 }],
  runsStackPrograms: true,
  defaultImage: 'node:22-alpine',
  binaries: [],
  variables: templateVariables,
  watchedConfig,
  files,
  container,
  process,
  startFacts,
  refuse: ({ readiness }, _count, ports) => refuseReadiness(readiness, ports),
  probe,
  probeMs: ({ readiness }) => checkMs(readiness),
  clientEnv,
  connection,
  traffic,
};
