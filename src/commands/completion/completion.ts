import { Argument } from 'commander';
import type { CommandModule } from '../line/command.ts';
import { completionScript, SHELLS } from './completion-scripts.ts';

export const configure: CommandModule['configure'] = (command) => {
  command.addArgument(new Argument('<shell>', 'the shell that the script is for').choices([...SHELLS]));
  command.addHelpText(
    'after',
    `
Set up:
  bash   echo 'source <(stackctl completion bash)' >> ~/.bashrc
  zsh    echo 'source <(stackctl completion zsh)' >> ~/.zshrc    (after compinit)
  fish   stackctl completion fish > ~/.config/fish/completions/stackctl.fish`,
  );
};

export const run: CommandModule['run'] = async ({ stdout }, [shell = '']) => {
  stdout.write(completionScript(shell));
  return { exitCode: 0 };
};
