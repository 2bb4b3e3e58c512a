import { Control } from "../tables";
import { address, real } from "./table-access";

/**
 * One step of Adam (Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015) as Keras computes it, for `count`
 * parameters, a multiple of 4:
 *
 *   m += (g − m)(1 − β₁);  v += (g² − v)(1 − β₂);  parameter −= rate · m / (√v + ε)
 *
 * where rate = learning rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ). The control block holds `rate`, ε, and 1 − β as `share1` and `share2`,
 * subtracted in double precision.
 */
export function adam(control: usize, parameter: usize, count: i32): void {
  const toGradient = address(control, Control.toGradient);
  const toMoment1 = address(control, Control.toMoment1);
  const toMoment2 = address(control, Control.toMoment2);
  const rate = f32x4.splat(real(control, Control.rate));
  const share1 = f32x4.splat(real(control, Control.share1));
  const share2 = f32x4.splat(real(control, Control.share2));
  const epsilon = f32x4.splat(real(control, Control.epsilon));
  const end = parameter + ((<usize>count) << 2);
  for (; parameter < end; parameter += 16) {
    const g = v128.load(parameter + toGradient);
    let m = v128.load(parameter + toMoment1);
    let v = v128.load(parameter + toMoment2);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), share1));
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), share2));
    v128.store(parameter + toMoment1, m);
    v128.store(parameter + toMoment2, v);
    const change = f32x4.div(f32x4.mul(rate, m), f32x4.add(f32x4.sqrt(v), epsilon));
    v128.store(parameter, f32x4.sub(v128.load(parameter), change));
  }
}
