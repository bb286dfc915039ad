import { renderedScript } from '../../lib/shell-script.ts';
import { START_OPTIONS } from '../_shared/redis/scripts.ts';
import healthcheck from './healthcheck.sh';
import start from './start.sh';

export const START_SCRIPT = renderedScript(start, { 'start-options.sh': START_OPTIONS });

export const HEALTHCHECK_SCRIPT = renderedScript(healthcheck);
