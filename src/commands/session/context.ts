import type { RuntimeInput } from '../../stack/contract/runtime.ts';
import type { CommandContext } from '../line/command.ts';

/** As much of a command's surroundings as work on a project takes: whoever has no terminal and no argv can make one too. */
export interface SessionContext
  extends Pick<CommandContext, 'cwd' | 'env' | 'global' | 'templatesFolder' | 'signal' | 'emit' | 'confirm'> {
  /** `cwd` is the project's folder: no stackctl.yaml is looked for, neither there nor above. */
  readonly ignoresSettings?: true;
  /** See `OpenInput.forgetsKept`. */
  readonly forgetsKept?: true;
  /** The project is one of a smoke check, which deletes it at its end. */
  readonly isSmoke?: true;
  /** For a caller that goes on living: see the runtime's input. */
  readonly ownSupervisor?: RuntimeInput['ownSupervisor'];
}
