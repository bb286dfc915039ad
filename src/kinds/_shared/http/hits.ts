/** Whether an answer says that it came from a cache. Pure. */
import type { BulkResponse } from '../../../clients/http/bulk.ts';
import type { HitSettings } from './settings.ts';

/** Undefined: the answer does not say. */
export type HitOf = (response: BulkResponse) => boolean | undefined;

export function hitReader(settings: HitSettings): HitOf {
  return 'header' in settings ? ofHeader(settings.is) : ofField(settings.field.split('.'), settings.is);
}

/**
 * The word may stand among others, in any case: `HIT`, `Hit from cloudfront`, `ExampleCache; hit; ttl=30`
 * (https://www.rfc-editor.org/rfc/rfc9211).
 */
function ofHeader(is: string): HitOf {
  const wanted = is.toLowerCase();
  return ({ field }) => {
    if (field === undefined) return undefined;
    const text = field.toLowerCase();
    return text === wanted || text.split(/[\s,;]+/).includes(wanted);
  };
}

function ofField(steps: readonly string[], is: string | number | boolean): HitOf {
  return ({ text }) => {
    const value = steps.reduce<unknown>(
      (tree, step) => (typeof tree === 'object' && tree !== null ? Reflect.get(tree, step) : undefined),
      parsed(text),
    );
    return value === undefined || value === null ? undefined : value === is;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}
