import type { Kind } from '../../stack/contract/kind.ts';
import { traffic } from '../_shared/http/traffic.ts';
import { checkMs } from '../_shared/program/check-ms.ts';
import { secretFiles } from '../_shared/program/environment.ts';
import { refuseReadiness } from '../_shared/program/refuse-readiness.ts';
import { templateVariables } from '../_shared/program/template-variables.ts';
import { clientEnv, connection } from './client-side.ts';
import { type ContainerOptions, containerOptions } from './options.ts';
import { container, probe, process, serverOf, startFacts } from './run.ts';

export const kind: Kind<ContainerOptions> = {
  name: 'container',
  description: 'Any image with any protocol, also one without a port; as a local process the program of `command`.',
  options: containerOptions,
  ports: [],
  runsStackPrograms: true,
  takesAnyImage: true,
  defaultImage: '',
  binaries: [],
  server: (_options, command) => serverOf(command),
  variables: templateVariables,
  watchedConfig: ({ service }) => service.options.watches,
  files: secretFiles,
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
