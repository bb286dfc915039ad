import type { Runtime, RuntimeInput } from '../../stack/contract/runtime.ts';
import type { LogLine } from '../../stack/contract/runtime-options.ts';
import { frozen } from './containers/frozen.ts';
import { observe } from './containers/observe.ts';
import { readState } from './data/read-state.ts';
import { projectData, removeInstanceData } from './data/volumes.ts';
import { down } from './down.ts';
import type { Engine } from './engine/engine.ts';
import { findEngine } from './engine/find-engine.ts';
import { whileEngineAnswers } from './engine/guard.ts';
import { exec } from './exec.ts';
import { confirmed, heal, inject } from './faults.ts';
import { prepare } from './images/prepare.ts';
import { versionText } from './images/version-text.ts';
import { lastLines } from './logs/last-lines.ts';
import { logged } from './logs/logged.ts';
import { logs } from './logs/logs.ts';
import { packetFaults } from './network/packet-faults.ts';
import { start } from './start.ts';
import { remove, stop } from './stop.ts';

/**
 * The docker runtime. `docker compose` creates containers, networks and volumes from the rendered file; everything else
 * goes through the API of the same Engine.
 * @throws E_ENGINE_MISSING. Every method throws E_ENGINE_GONE when the Engine ends while it works.
 */
export async function open({ projectId, paths, env }: RuntimeInput): Promise<Runtime> {
  const engine = await findEngine(env);
  const project = { engine, projectId, paths };
  const place = { engine, projectId, env };
  const claimed = packetFaults(env, engine, ['kill', 'pause', 'stop', 'partition']);
  const guarded = <T>(work: () => Promise<T>) => whileEngineAnswers(engine, work);
  return {
    name: 'docker',
    ...claimed,
    confirmFaults: () => guarded(() => confirmed(place, claimed)),
    observe: () => guarded(() => observe(engine, projectId)),
    prepare: (stack, emit, options) => guarded(() => prepare(engine, stack, emit, options)),
    start: (stack, instances, options) => guarded(() => start(project, stack, instances, options)),
    stop: (instances, options) => guarded(() => stop(project, instances, options)),
    remove: (instances, options) => guarded(() => remove(project, instances, options)),
    removeData: (instances) => guarded(() => removeInstanceData(engine, projectId, instances)),
    down: (options) => guarded(() => down(project, options)),
    data: (options) => guarded(() => projectData(engine, projectId, options)),
    inject: (instance, fault, options) => guarded(() => inject(place, { instance, fault, options })),
    heal: (instance, fault) => guarded(() => heal(place, { instance, fault })),
    logs: (instances, options) => guardedLines(engine, logs(project, instances, options)),
    exec: (instance, argv, options) => guarded(() => exec({ engine, projectId, instance, argv }, options)),
    logged: (instance, pattern, signal) => guarded(() => logged({ engine, projectId, instance }, pattern, signal)),
    lastLines: (instance, count, since, signal) =>
      guarded(() => lastLines({ engine, projectId, instance }, count, since, signal)),
    frozen: (instance) => guarded(() => frozen({ engine, projectId, instance })),
    readState: (instance, file, bytes) => guarded(() => readState({ engine, projectId, instance, file, bytes })),
    versionText: (service, signal) => guarded(() => versionText(engine, projectId, service, signal)),
    // Another image is another configuration.
    runProgramOf: async () => true,
    close: async () => engine.close(),
  };
}

async function* guardedLines(engine: Engine, lines: AsyncGenerator<LogLine>): AsyncGenerator<LogLine> {
  try {
    for (;;) {
      const next = await whileEngineAnswers(engine, () => lines.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await lines.return(undefined);
  }
}
