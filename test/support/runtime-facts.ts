import docker from '../../src/runtimes/docker/facts.json' with { type: 'json' };
import local from '../../src/runtimes/process/facts.json' with { type: 'json' };
import type { RuntimeFacts } from '../../src/stack/contract/runtime-facts.ts';

/** As `factsOf` has them, for helpers that a test bundles: a bundle has no folders to read. */
export const DOCKER = { name: 'docker', ...docker } as RuntimeFacts;
export const PROCESS = { name: 'process', ...local } as RuntimeFacts;
