import { renderedScript } from '../../../lib/shell-script.ts';
import fence from './fence.sh';
import healthcheck from './healthcheck.sh';
import start from './start.sh';
import options from './start-options.sh';

export const START_SCRIPT = renderedScript(start, {
  'fence.sh': fence,
  'start-options.sh': startOptions('redis.conf'),
});

export const HEALTHCHECK_SCRIPT = renderedScript(healthcheck);

/** The part of a start script that gives the server its configuration file, of this name, and the options behind it. */
export function startOptions(target: string): string {
  return options.replaceAll('redis.conf', target);
}
