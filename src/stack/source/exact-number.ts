/** Numbers as text: read only where no digit is lost. Pure. */

const WHOLE = /^[+-]?(0|[1-9]\d*)(e\+?\d+)?$/i;
const DECIMAL = /^[+-]?(0|[1-9]\d*|(0|[1-9]\d*)?\.\d+|(0|[1-9]\d*)\.)(e[+-]?\d+)?$/i;
/** Of YAML 1.2. */
const HEX_OR_OCTAL = /^0(x[\dA-Fa-f]+|o[0-7]+)$/;

/** A whole number that JavaScript keeps exactly. A leading zero is refused: to some readers it means octal. */
export function readInteger(text: string): number | undefined {
  const number = WHOLE.test(text) || HEX_OR_OCTAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A number that is kept with every digit, e.g. `1.5e3`, `.5`, `0x1F`. */
export function readNumber(text: string): number | undefined {
  const whole = readInteger(text);
  if (whole !== undefined || !DECIMAL.test(text)) return whole;
  const number = Number(text);
  return Number.isFinite(number) && digitsOf(text) === digitsOf(String(number)) ? number : undefined;
}

/** How text that is almost a number should be written; undefined for a correct number and for other text. */
export function numberFault(text: string): string | undefined {
  if (/^[+-]?0\d/.test(text)) return 'without leading zeros';
  const isLost = (DECIMAL.test(text) || HEX_OR_OCTAL.test(text)) && readNumber(text) === undefined;
  return isLost ? 'with no more digits than are kept exactly' : undefined;
}

/** The significant digits. */
function digitsOf(text: string): string {
  const digits = text.replace(/e.*$/i, '').replaceAll(/[^\d]/g, '');
  return digits.replace(/^0+/, '').replace(/0+$/, '');
}
