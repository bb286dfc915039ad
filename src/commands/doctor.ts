import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doctor } from '../doctor/doctor.ts';
import { configurationFault } from '../doctor/gather/configuration-fault.ts';
import type { DoctorScope } from '../doctor/scope.ts';
import { StackctlError } from '../errors.ts';
import { defined } from '../lib/defined.ts';
import { readJsonIfThere } from '../lib/files.ts';
import { packageRoot } from '../lib/package-root.ts';
import { portHolder } from '../lib/port-owner.ts';
import type { StatusView } from '../lifecycle/status.ts';
import { doctorText } from '../output/doctor-text.ts';
import { adviceOf, type OpenedProject, openProject } from '../project/open.ts';
import { registryFolder } from '../project/registry.ts';
import type { BinaryNeed } from '../stack/contract/needs.ts';
import { builtInPlugins } from '../stack/contract/plugins.ts';
import { stackReference } from '../stack/load/stack-reference.ts';
import { wishesFor } from '../stack/ports/wishes.ts';
import type { CommandContext, CommandModule, Switch } from './line/command.ts';
import { readStatus } from './session/health-report.ts';
import { withRuntime } from './session/record-session.ts';

interface DoctorFlags {
  readonly fix: Switch;
}

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[stack]', 'the stack to check for; without it the project of this folder, or the machine as a whole')
    .option('--fix', 'fix what is safe to fix, saying so before each');
};

export const run: CommandModule<DoctorFlags>['run'] = async (context, [stackRef], flags) => {
  const result = await doctor({
    scope: await scopeFor(context, stackRef),
    machine: await thisMachine(context.env),
    fix: flags.fix === true,
    emit: context.emit,
    signal: context.signal,
  });
  const failing = result.checks.filter(({ verdict }) => verdict === 'fail');
  const answer = { data: result, text: doctorText(result) };
  return failing.length === 0 ? answer : { ...answer, failure: checksFailed(failing) };
};

async function scopeFor(context: CommandContext, stackRef: string | undefined): Promise<DoctorScope> {
  const { cwd, env, global } = context;
  try {
    const templatesFolder = join(packageRoot(), 'templates');
    const opened = await openProject({ cwd, env, global, stackRef, templatesFolder, need: 'any' });
    return { ...scopeOf(opened), ...defined({ running: await runningOf(context, opened) }) };
  } catch (error) {
    const misconfigured = configurationFault(error);
    const isOpen = stackRef === undefined && global.project === undefined;
    const isMachine = isOpen && error instanceof StackctlError && NO_ONE_PROJECT.has(error.code);
    if (misconfigured === undefined && !isMachine) throw error;
    return {
      project: undefined,
      ...defined({ misconfigured }),
      folder: cwd,
      needs: { images: [], binaries: await allBinaries() },
      runtime: 'auto',
    };
  }
}

/** Without a stack on the command line these two errors mean: check the machine as a whole. */
const NO_ONE_PROJECT: ReadonlySet<string> = new Set(['E_PROJECT_NOT_FOUND', 'E_PROJECT_AMBIGUOUS']);

function scopeOf({ identity, paths, record, stack, loaded, needs, runtime, portWishes }: OpenedProject): DoctorScope {
  return {
    project: {
      identity,
      paths,
      stack: loaded.spec.stack,
      reference: stackReference({ name: loaded.spec.stack, folder: loaded.folder }),
      ports: record?.ports ?? {},
      wishes: wishesFor(stack.runtime, portWishes()).filter(({ spare }) => spare !== true),
      upWith: record?.state === 'up' ? record.runtime : undefined,
    },
    folder: identity.folder,
    needs,
    runtime: runtime.value,
    advice: adviceOf(stack),
  };
}

/** What the servers of a project that is up say; nothing where its runtime does not answer, which is a check of its own. */
async function runningOf(context: CommandContext, opened: OpenedProject): Promise<StatusView | undefined> {
  const { identity, paths, record, stack } = opened;
  if (record === undefined || record.state === 'down') return undefined;
  try {
    return await withRuntime(context, { identity, paths, record }, (session) => readStatus({ ...session, stack }));
  } catch (error) {
    if (!(error instanceof StackctlError)) throw error;
    return undefined;
  }
}

async function allBinaries(): Promise<readonly BinaryNeed[]> {
  const kinds = await Promise.all(builtInPlugins.kindNames().map((name) => builtInPlugins.loadKind(name)));
  return [...new Map(kinds.flatMap(({ binaries }) => binaries).map((need) => [need.name, need])).values()];
}

async function thisMachine(env: CommandContext['env']) {
  const manifest = (await readJsonIfThere(join(packageRoot(), 'package.json'))) as {
    readonly engines: { readonly node: string };
  };
  return {
    env,
    platform: process.platform,
    uid: process.geteuid?.(),
    nodeVersion: process.versions.node,
    wantedNode: manifest.engines.node,
    temporaryFolder: tmpdir(),
    registry: registryFolder(env),
    plugins: builtInPlugins,
    lookUp: portHolder,
    policyFolder: '/usr/sbin',
  };
}

function checksFailed(failing: readonly { readonly fact: string; readonly fix: string | null }[]): StackctlError {
  const fixes = failing.flatMap(({ fix }) => fix ?? []);
  return new StackctlError('E_DOCTOR_FAIL', failing.map(({ fact }) => fact).join('\n'), {
    ...(fixes.length === 0 ? {} : { hint: [...new Set(fixes)].join('\n') }),
    details: { failed: failing },
  });
}
