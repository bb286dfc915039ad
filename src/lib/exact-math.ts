/**
 * Functions of real numbers from additions, multiplications, divisions and square roots alone, which IEEE 754 rounds in one way: the
 * same bits on every machine and in every version of Node.js. ECMAScript leaves the last bits of Math.exp, Math.log and Math.pow to the
 * implementation (https://tc39.es/ecma262/#sec-function-properties-of-the-math-object). Right to a few of the last bits, `exp`
 * of a large number to 3e-13 of the value. Pure.
 */

/** Of the series of e^x for |x| < 0.35, and twice as many of that of the logarithm: the next ones are too small to count. */
const TERMS = 14;

/** e to the power of x; 0 and Infinity beyond what a number can hold. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  const twos = Math.round(x / Math.LN2);
  if (twos > 1024) return Number.POSITIVE_INFINITY;
  if (twos < -1075) return 0;
  const rest = x - twos * Math.LN2;
  let sum = 1;
  for (let term = TERMS; term > 0; term--) sum = 1 + (rest * sum) / term;
  return scaled(sum, twos);
}

/** The natural logarithm, of a number above 0. */
export function ln(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  let [rest, twos] = [x, 0];
  for (; rest > 1.5; twos++) rest /= 2;
  for (; rest < 0.75; twos--) rest *= 2;
  // ln(rest) = 2 artanh((rest - 1) / (rest + 1)): https://dlmf.nist.gov/4.6#E4
  const part = (rest - 1) / (rest + 1);
  const square = part * part;
  let sum = 0;
  for (let term = 4 * TERMS + 1; term > 0; term -= 2) sum = 1 / term + square * sum;
  return 2 * part * sum + twos * Math.LN2;
}

/** In two steps, since the power of two alone may be more than a number holds. */
function scaled(value: number, twos: number): number {
  const half = Math.trunc(twos / 2);
  return value * powerOfTwo(half) * powerOfTwo(twos - half);
}

function powerOfTwo(exponent: number): number {
  let [result, base, left] = [1, exponent < 0 ? 0.5 : 2, Math.abs(exponent)];
  for (; left > 0; left >>= 1) {
    if (left & 1) result *= base;
    base *= base;
  }
  return result;
}

/**
 * The value below which such a share of a standard normal distribution lies, by the rational approximations of Peter J. Acklam ("An
 * algorithm for computing the inverse normal cumulative distribution function"): right to 1.2e-9 of the value.
 * @param share above 0 and below 1.
 */
export function normalQuantile(share: number): number {
  if (share < TAIL) return tail(Math.sqrt(-2 * ln(share)));
  if (share > 1 - TAIL) return -tail(Math.sqrt(-2 * ln(1 - share)));
  const q = share - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / (polynomial(B, r) * r + 1);
}

const TAIL = 0.02425;
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
];
const B = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];

function tail(q: number): number {
  return polynomial(C, q) / (polynomial(D, q) * q + 1);
}

/** Coefficients of the highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
