/** Passwords, tokens and keys become values of type secret, one for each text, and are named wherever the same text stands. Pure. */
import { camelCase } from './names.ts';
import { FURTHER } from './places.ts';

const SECRET_VARIABLE =
  /(PASSWORD|PASSWD|PASSPHRASE|_PASS|_PWD|SECRET|SECRET_KEY|SECRET_KEY_BASE|SECRET_ACCESS_KEY|TOKEN|API_?KEY|PRIVATE_KEY|ENCRYPTION_KEY|FERNET_KEY|SIGNING_KEY|ANON_KEY|SERVICE_KEY|SERVICE_ROLE_KEY|MASTER_KEY|APP_KEY|DJANGO_KEY|_SALT)(_\d+)?$|^PASS$/i;

/** Whether a variable with this text is a secret: no switch, nothing empty, no reference. */
function isSecret(name: string, text: string): boolean {
  return SECRET_VARIABLE.test(name) && text.trim() !== '' && !/^(true|false|yes|no|on|off|\d|none|null)$/i.test(text);
}

/** A text that is at least so long is a secret wherever it stands. */
const UNMISTAKABLE = 12;

export interface SecretValue {
  /** Of the value in stack.yaml. */
  readonly name: string;
  readonly text: string;
  readonly description: string;
}

/** The secrets of a file, each text once. */
export class SecretBook {
  private readonly byText = new Map<string, SecretValue>();

  /** The name of the value for a text; the first who asks names it. */
  nameOf(text: string, wanted: string, description: string): string {
    const known = this.byText.get(text);
    if (known !== undefined) return known.name;
    const taken = new Set([...this.byText.values()].map(({ name }) => name));
    const base = camelCase(wanted);
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}${count}`;
    this.byText.set(text, { name, text, description });
    return name;
  }

  values(): readonly SecretValue[] {
    return [...this.byText.values()];
  }

  /**
   * The text of a variable with every secret in it replaced by its name.
   * @param service in the stack, for descriptions.
   */
  hide(variable: string, text: string, service: string): string {
    // No value holds line breaks: such a text stays as it is.
    if (hasControls(text)) return text;
    if (isSecret(variable, text) && !text.includes('{{')) {
      return `{{${this.nameOf(text, variable, `${variable} of ${service}`)}}}`;
    }
    const known = this.byText.get(text);
    if (known !== undefined && text.length >= UNMISTAKABLE) return `{{${known.name}}}`;
    return this.hideInside(variable, text, service);
  }

  private hideInside(variable: string, text: string, service: string): string {
    const named = (password: string): string =>
      password === '' || password.includes('{{')
        ? password
        : `{{${this.nameOf(password, `${variable} password`, `Password in ${variable} of ${service}`)}}}`;
    const inUrls = text
      .replaceAll(URL_PASSWORD, (_, before: string, password: string) => `${before}${named(password)}@`)
      .replaceAll(KEYED_PASSWORD, (_, before: string, password: string) => `${before}${named(password)}`);
    return this.values()
      .filter((secret) => secret.text.length >= UNMISTAKABLE)
      .reduce((result, secret) => result.replaceAll(secret.text, `{{${secret.name}}}`), inUrls);
  }
}

/** A user may be called by a mail address; a port behind a host is no password. */
const USER = String.raw`[^\s/@:'"{}]*(?:@[^\s/@:,'"{}]+(?=:)(?!:\d{1,5}(?:,|$)))?`;
/** `//user:password@`, and `user:password@tcp(` as Go writes it. */
const URL_PASSWORD = new RegExp(
  String.raw`(\/\/${USER}:|^[^\s/@:'"{}]*:(?=[^\s/'"]+@\w+\())([^\s/@'"]*${FURTHER})@`,
  'g',
);
/** `password=…` among the words of a connection. */
const KEYED_PASSWORD = /((?:^|[\s;?&])(?:password|pwd)\s*=\s*)([^\s;&'"]+)/gi;

function hasControls(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\u007f');
}
