import { StackctlError } from '../errors.ts';
import { type InspectReport, inspect } from '../inspect/inspect.ts';
import { defined } from '../lib/defined.ts';
import { inspectText } from '../output/inspect.ts';
import { instancesOf } from '../stack/contract/model.ts';
import type { CommandModule } from './line/command.ts';
import { timeoutOption } from './line/options.ts';
import { presentStack } from './session/running.ts';
import { selectServices, splitWords, withSession } from './session/session.ts';

const VIEW_TIMEOUT_MS = 10_000;

export const configure: CommandModule['configure'] = (command) => {
  command
    .argument('[service]', 'a service or an instance; without it, all')
    .argument('[view]', 'one of its views, e.g. memory; without it, all')
    .addOption(timeoutOption('how long one view may take', VIEW_TIMEOUT_MS));
};

/** Takes no lock: it changes nothing. */
export const run: CommandModule['run'] = async (context, args) => {
  const { stackRef, rest } = await splitWords(context, args);
  const [word, view, ...more] = rest;
  if (more.length > 0) throw new StackctlError('E_USAGE', `too many words: ${more.join(' ')}`, { hint: HELP });
  return withSession(context, stackRef, async (session) => {
    const { stack, emit, signal } = session;
    const present = new Set(instancesOf(await presentStack(session)).map(({ name }) => name));
    const services = selectServices(stack, word === undefined ? [] : [word]);
    const timeoutMs = context.global.timeoutMs ?? VIEW_TIMEOUT_MS;
    const report = await inspect({ stack, services, present, view, timeoutMs, emit, signal });
    const failure = failureOf(report);
    return { data: report, text: inspectText(report), ...defined({ failure }) };
  });
};

const HELP = 'Run: stackctl inspect --help';

function failureOf({ failed, services }: InspectReport): StackctlError | undefined {
  if (failed === 0) return undefined;
  const broken = services.map(({ service, views }) => {
    const names = views.filter(({ status }) => status === 'failed').map(({ view }) => `${service} ${view}`);
    return { names, shown: names.length > 1 && names.length === views.length ? [service] : names };
  });
  const names = broken.flatMap((one) => one.names);
  const shown = broken.flatMap((one) => one.shown);
  return new StackctlError('E_INSPECT_FAILED', `could not be read: ${shown.join(', ')}`, {
    hint: 'Run: stackctl status',
    details: { failed: names },
  });
}
