import { expect, it } from "vitest";
import { Scaler } from "../../src/scaling/scaler.ts";

it("images larger than a map is spread over are scaled like any others, with channels that do not divide the parts", () => {
  const shape = { height: 1000, width: 1301, channels: 5 };
  const size = 1000 * 1301 * 5;
  const pixels = Uint8Array.from({ length: 2 * size }, (_, i) => (i * 7 + (i >> 9)) % 256);
  const split = { pixels, labels: Uint8Array.of(0, 1), count: 2, shape };
  const scaler = Scaler.fit("standardize", split, { axis: "channel" });
  const scaled = scaler.transform({ pixels, shape });
  for (let channel = 0; channel < 5; channel++) {
    // Plain sums, computed apart.
    let [sum, squares, count] = [0, 0, 0];
    for (let i = channel; i < pixels.length; i += 5, count++) {
      sum += pixels[i];
      squares += pixels[i] ** 2;
    }
    const mean = sum / count;
    const std = Math.sqrt(squares / count - mean ** 2);
    for (const at of [
      channel,
      5 * 209_715 + channel,
      5 * 209_716 + channel,
      size + channel,
      2 * size - 5 + channel,
    ]) {
      expect(scaled[at]).toBeCloseTo((pixels[at] - mean) / (std + 1e-6), 4);
    }
  }
});
