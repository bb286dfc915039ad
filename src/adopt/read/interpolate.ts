/**
 * `${NAME}` in a Compose file, as Compose replaces it: https://docs.docker.com/reference/compose-file/interpolation/. Pure.
 */

/** The variable's text; undefined: it is not set. */
export type Lookup = (name: string) => string | undefined;

export type Interpolated =
  | {
      readonly text: string;
      /** Variables that are not set and that nothing stands in for. */
      readonly missing: readonly string[];
    }
  | {
      /** What is wrong, never a value. */
      readonly fault: string;
    };

/** The text with every variable replaced; `$$` is one `$`. */
export function interpolate(text: string, lookup: Lookup): Interpolated {
  if (!text.includes('$')) return { text, missing: [] };
  const missing: string[] = [];
  try {
    return { text: new Reader(text, lookup, missing).all(), missing };
  } catch (error) {
    if (error instanceof Fault) return { fault: error.message };
    throw error;
  }
}

class Fault extends Error {}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
/** Between the name and what stands in for its value. */
const OPERATOR = /:?[-?+]/y;

class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly lookup: Lookup,
    private readonly missing: string[],
  ) {}

  all(): string {
    return this.until('');
  }

  /** Up to this character, which is not taken, or to the end. */
  private until(end: string): string {
    let result = '';
    while (this.at < this.text.length) {
      const char = this.text[this.at] ?? '';
      if (char === end) return result;
      this.at++;
      result += char === '$' ? this.variable() : char;
    }
    if (end !== '') throw new Fault(`a \${ is not closed; write $$ for a $ that is text`);
    return result;
  }

  private variable(): string {
    if (this.take('$')) return '$';
    if (this.take('{')) return this.braced();
    const name = this.match(NAME);
    if (name === undefined) throw new Fault('no name follows the $; write $$ for a $ that is text');
    return this.valueOf(name);
  }

  private braced(): string {
    const name = this.match(NAME);
    if (name === undefined) throw new Fault(`no name follows the \${; write $$ for a $ that is text`);
    const operator = this.match(OPERATOR);
    if (operator === undefined) {
      this.close(name);
      return this.valueOf(name);
    }
    // Variables that are not used are not missing.
    const own = new Reader(this.text, this.lookup, []);
    own.at = this.at;
    const word = own.until('}');
    const used = this.choose(name, operator, word);
    if (used) this.missing.push(...own.missing);
    this.at = own.at;
    this.close(name);
    if (used) return word;
    return operator.endsWith('+') ? '' : (this.lookup(name) ?? '');
  }

  /** Whether the word behind the operator stands in. */
  private choose(name: string, operator: string, word: string): boolean {
    const value = this.lookup(name);
    const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
    if (operator.endsWith('+')) return isSet;
    if (operator.endsWith('?') && !isSet)
      throw new Fault(`the variable ${name} is not set${word === '' ? '' : `: ${word}`}`);
    return !isSet;
  }

  private valueOf(name: string): string {
    const value = this.lookup(name);
    if (value === undefined) this.missing.push(name);
    return value ?? '';
  }

  private close(name: string): void {
    if (!this.take('}')) throw new Fault(`what follows \${${name} is no operator; write $$ for a $ that is text`);
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }
}
