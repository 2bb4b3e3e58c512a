/**
 * Adam (Kingma and Ba, 2015) as Keras computes it: m += (g − m)(1 − β₁); v += (g² − v)(1 − β₂);
 * w −= rate · m / (√v + ε), where rate = learning rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ). `share1` and `share2` are 1 − β₁ and 1 − β₂,
 * subtracted in double precision. `count` floats, a multiple of 4.
 */
export function adam(
  parameter: usize,
  count: i32,
  toGradient: usize,
  toMoment1: usize,
  toMoment2: usize,
  rate: f32,
  share1: f32,
  share2: f32,
  epsilon: f32,
): void {
  const s1 = f32x4.splat(share1);
  const s2 = f32x4.splat(share2);
  const e = f32x4.splat(epsilon);
  const r = f32x4.splat(rate);
  const end = parameter + ((<usize>count) << 2);
  for (; parameter < end; parameter += 16) {
    const g = v128.load(parameter + toGradient);
    let m = v128.load(parameter + toMoment1);
    let v = v128.load(parameter + toMoment2);
    m = f32x4.add(m, f32x4.mul(f32x4.sub(g, m), s1));
    v = f32x4.add(v, f32x4.mul(f32x4.sub(f32x4.mul(g, g), v), s2));
    v128.store(parameter + toMoment1, m);
    v128.store(parameter + toMoment2, v);
    const change = f32x4.div(f32x4.mul(r, m), f32x4.add(f32x4.sqrt(v), e));
    v128.store(parameter, f32x4.sub(v128.load(parameter), change));
  }
}
