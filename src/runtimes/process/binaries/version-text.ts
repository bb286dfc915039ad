import type { Service } from '../../../stack/contract/model.ts';
import type { RuntimeInput } from '../../../stack/contract/runtime.ts';
import { serverProgram } from './server-program.ts';

/** What the program that would be started now prints about its version. */
export async function versionText(input: RuntimeInput, service: Service): Promise<string | undefined> {
  const program = await serverProgram(input, service);
  if (program === undefined || program.need.anyVersion === true) return undefined;
  const { outputOf } = await import('./find.ts');
  return outputOf(program.path, program.need.versionArgs, input.env);
}
