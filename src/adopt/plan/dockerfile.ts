/** What a Dockerfile starts, as far as it says so in JSON form: https://docs.docker.com/reference/dockerfile/#cmd. Pure. */

interface Stage {
  readonly name: string | undefined;
  /** Undefined: none. Null: in shell form. */
  entrypoint: readonly string[] | null | undefined;
  command: readonly string[] | null | undefined;
}

/**
 * ENTRYPOINT and CMD of the last stage, or of the one that is named.
 * @returns undefined where one of them is in shell form, or neither is there.
 */
export function startOf(text: string, target?: string): readonly string[] | undefined {
  const stages: Stage[] = [];
  for (const { word, rest } of instructionsIn(text)) {
    const stage = stages.at(-1);
    if (word === 'FROM') stages.push(begun(rest, stages));
    else if (stage !== undefined && word === 'ENTRYPOINT') {
      stage.entrypoint = wordsIn(rest);
      // It takes the place of what the base image runs.
      stage.command = undefined;
    } else if (stage !== undefined && word === 'CMD') stage.command = wordsIn(rest);
  }
  const { entrypoint, command } = (target === undefined ? stages.at(-1) : stageOf(target, stages)) ?? {};
  if (entrypoint === null || command === null) return undefined;
  const words = [...(entrypoint ?? []), ...(command ?? [])];
  return words.length === 0 ? undefined : words;
}

function begun(rest: string, stages: readonly Stage[]): Stage {
  const [, image = '', name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest) ?? [];
  const base = stageOf(image, stages);
  return { name, entrypoint: base?.entrypoint, command: base?.command };
}

function stageOf(name: string, stages: readonly Stage[]): Stage | undefined {
  return stages.findLast((stage) => stage.name?.toLowerCase() === name.toLowerCase());
}

function instructionsIn(text: string): readonly { readonly word: string; readonly rest: string }[] {
  const lines = text.split(/\r?\n/).filter((line) => !/^\s*#/.test(line));
  const whole = lines.join('\n').replaceAll(/\\[ \t]*\n/g, ' ');
  return whole.split('\n').flatMap((line) => {
    const [, word, rest] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word: word.toUpperCase(), rest }];
  });
}

function wordsIn(rest: string): readonly string[] | null {
  if (!rest.startsWith('[')) return null;
  try {
    const words: unknown = JSON.parse(rest);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null;
  } catch {
    return null;
  }
}
