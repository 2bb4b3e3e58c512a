// @ts-check
import asc from "assemblyscript/asc";
import { median, time } from "./network.js";

const CHAINS = 12;
const ROUNDS = 1_000_000;

/**
 * Peak GFLOP/s of one core: float32x4 multiplications and additions in registers, in as many independent chains as the registers
 * hold.
 */
export async function singleCorePeak() {
  const names = Array.from({ length: CHAINS }, (_, i) => `c${i}`);
  const source = `export function spin(rounds: i32): f32 {
    const x = f32x4.splat(0.9999999);
    ${names.map((c) => `let ${c} = f32x4.splat(1);`).join("\n")}
    for (let i = 0; i < rounds; i++) {
      ${names.map((c) => `${c} = f32x4.add(f32x4.mul(${c}, x), x);`).join("\n")}
    }
    return f32x4.extract_lane(${names.reduce((sum, c) => `f32x4.add(${sum}, ${c})`)}, 0);
  }`;
  const options = { optimizeLevel: 3, enable: ["simd"], runtime: "stub" };
  const { binary, error } = await asc.compileString(source, options);
  if (error || !binary) throw error ?? new Error("the compiler returned no module");
  const { instance } = await WebAssembly.instantiate(/** @type {BufferSource} */ (binary));
  const spin = /** @type {(rounds: number) => number} */ (instance.exports.spin);
  spin(ROUNDS);
  return (CHAINS * 8 * ROUNDS) / 1e6 / median(time(9, () => spin(ROUNDS)));
}
