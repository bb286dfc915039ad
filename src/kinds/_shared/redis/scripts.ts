import { renderedScript } from '../../../lib/shell-script.ts';
import fence from './fence.sh';
import healthcheck from './healthcheck.sh';
import start from './start.sh';
import options from './start-options.sh';

/** The part of a start script that gives the server its configuration file, and the options behind it. */
export const START_OPTIONS = options;

export const START_SCRIPT = renderedScript(start, { 'fence.sh': fence, 'start-options.sh': START_OPTIONS });

export const HEALTHCHECK_SCRIPT = renderedScript(healthcheck);
