/** Rational steps and bisections together; four steps are usual, and bisection halves the interval. */
const MAX_STEPS = 400;

/** 1/ρ + Σ zᵢ²/(dᵢ − λ) with ρ > 0; d ascends and no z is 0. */
export interface SecularEquation {
  readonly poles: Float64Array;
  /** zᵢ. */
  readonly weights: Float64Array;
  readonly rho: number;
}

/**
 * Solves the secular equation for one root, between pole `index` and the next one. The root is sought as its distance from the nearer pole,
 * so that all differences keep their digits, by rational interpolation as in LAPACK's dlaed4 (Li 1993, fixed weight), and by bisection
 * where that leaves the interval or is slow.
 *
 * @param differences [k], gets dᵢ − λ
 * @returns λ
 */
export function solveSecular(equation: SecularEquation, index: number, differences: Float64Array): number {
  const { poles, weights, rho } = equation;
  const k = poles.length;
  if (k === 1) {
    differences[0] = -rho * weights[0] * weights[0];
    return poles[0] - differences[0];
  }
  const last = index === k - 1;
  // The two poles whose terms the interpolation keeps.
  const left = last ? k - 2 : index;
  const right = left + 1;
  const gap = poles[right] - poles[left];
  const middle = valueAt(equation, left, last ? right : left, last ? rho / 2 : gap / 2);
  // f rises: the root lies in the half in whose middle-side end f has the other sign.
  const nearLeft = !last && middle.value > 0;
  const origin = nearLeft ? left : right;
  const half = (last ? rho : gap) / 2;
  let [low, high] = nearLeft ? [0, half] : last ? (middle.value > 0 ? [0, half] : [half, rho]) : [-half, 0];
  let eta = firstGuess(equation, left, origin, middle.value);
  if (!(eta > low && eta < high)) eta = (low + high) / 2;
  let before = Number.POSITIVE_INFINITY;
  for (let step = 0; step < MAX_STEPS; step++) {
    const at = valueAt(equation, left, origin, eta);
    if (Math.abs(at.value) <= Number.EPSILON * at.error) break;
    if (at.value < 0) low = eta;
    else high = eta;
    const slow = Math.abs(at.value) > before / 4;
    before = Math.abs(at.value);
    let next = slow && step % 2 === 1 ? Number.NaN : eta + interpolate(equation, left, origin, eta, at, last);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next === eta || next === low || next === high) break;
    eta = next;
  }
  for (let i = 0; i < k; i++) differences[i] = poles[i] - poles[origin] - eta;
  return poles[origin] + eta;
}

/** The equation at a point. */
interface Point {
  readonly value: number;
  /** Derivatives of the terms up to the left pole, and of those after it. */
  readonly before: number;
  readonly after: number;
  /** A bound of the rounding error of the value, in units of the last place. */
  readonly error: number;
}

/** The equation at distance `eta` from the pole `origin`. */
function valueAt({ poles, weights, rho }: SecularEquation, left: number, origin: number, eta: number): Point {
  const base = poles[origin];
  let [psi, before, error] = [0, 0, 0];
  for (let i = 0; i <= left; i++) {
    const term = weights[i] / (poles[i] - base - eta);
    psi += weights[i] * term;
    before += term * term;
    error -= psi;
  }
  let [phi, after] = [0, 0];
  for (let i = poles.length - 1; i > left; i--) {
    const term = weights[i] / (poles[i] - base - eta);
    phi += weights[i] * term;
    after += term * term;
    error += Math.abs(phi);
  }
  const value = 1 / rho + psi + phi;
  return {
    value,
    before,
    after,
    error: 8 * (Math.abs(phi) - psi) + error + 2 / rho + Math.abs(eta) * (before + after),
  };
}

/** Solves the equation with the two poles' terms exact and the others as in the middle of the interval. */
function firstGuess(
  { poles, weights, rho }: SecularEquation,
  left: number,
  origin: number,
  middle: number,
): number {
  const right = left + 1;
  const gap = poles[right] - poles[left];
  const [zl, zr] = [weights[left] ** 2, weights[right] ** 2];
  if (right === poles.length - 1 && origin === right) {
    const point = rho / 2;
    const rest = middle - zl / (-gap - point) - zr / -point;
    if (middle <= 0 && rest <= zl / (gap + rho) + zr / rho) return rho;
    const a = -rest * gap + zl + zr;
    const b = zr * gap;
    const root = Math.sqrt(a * a + 4 * b * rest);
    return a < 0 ? (2 * b) / (root - a) : (a + root) / (2 * rest);
  }
  // In the middle the two terms are ∓2z²/gap.
  const rest = middle - (2 * (zr - zl)) / gap;
  if (origin === left) {
    const a = rest * gap + zl + zr;
    const b = zl * gap;
    const root = Math.sqrt(Math.abs(a * a - 4 * b * rest));
    return a > 0 ? (2 * b) / (a + root) : (a - root) / (2 * rest);
  }
  const a = rest * gap - zl - zr;
  const b = zr * gap;
  const root = Math.sqrt(Math.abs(a * a + 4 * b * rest));
  return a < 0 ? (2 * b) / (a - root) : -(a + root) / (2 * rest);
}

/** The step to the root of c + s/(d_left − λ) + S/(d_right − λ) that has the equation's value and slope here. */
function interpolate(
  { poles, weights }: SecularEquation,
  left: number,
  origin: number,
  eta: number,
  { value, before, after }: Point,
  last: boolean,
): number {
  const toLeft = poles[left] - poles[origin] - eta;
  const toRight = poles[left + 1] - poles[origin] - eta;
  const slope = before + after;
  const a = (toLeft + toRight) * value - toLeft * toRight * slope;
  const b = toLeft * toRight * value;
  let step: number;
  if (last) {
    const c = Math.abs(value - toLeft * before - toRight * after);
    const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
    step = a >= 0 ? (a + root) / (2 * c) : (2 * b) / (a - root);
  } else {
    const gap = poles[left + 1] - poles[left];
    const c =
      origin === left
        ? value - toRight * slope + gap * (weights[left] / toLeft) ** 2
        : value - toLeft * slope - gap * (weights[left + 1] / toRight) ** 2;
    const root = Math.sqrt(Math.abs(a * a - 4 * b * c));
    step = c === 0 ? b / a : a <= 0 ? (a - root) / (2 * c) : (2 * b) / (a + root);
  }
  // f rises, so the step goes up where it is negative.
  return value * step < 0 ? step : -value / slope;
}
