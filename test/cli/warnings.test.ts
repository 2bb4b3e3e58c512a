import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { npyHeader } from "../../src/data/numpy/npy.ts";
import { json, pixscale, type StatsDocument, start, temporaryFolder } from "./run.ts";

/** A folder of four .npy files, the test images the same as the training ones. */
function npyFolder(pixels: Float32Array | Uint16Array, [count, ...shape]: readonly number[]): string {
  const folder = temporaryFolder();
  const dtype = pixels instanceof Uint16Array ? "<u2" : "<f4";
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 2);
  for (const split of ["train", "test"]) {
    const images = [npyHeader(dtype, [count, ...shape]), new Uint8Array(pixels.buffer)];
    writeFileSync(join(folder, `x_${split}.npy`), Buffer.concat(images));
    writeFileSync(join(folder, `y_${split}.npy`), Buffer.concat([npyHeader("|u1", [count]), labels]));
  }
  return folder;
}

const ramp = (length: number, step: number) => Float32Array.from({ length }, (_, i) => i * step);

describe.concurrent("a warning", () => {
  it("is given where 1/255 meets pixels of 16 bits, and another factor goes without", async () => {
    const data = npyFolder(Uint16Array.from(ramp(64, 1000)), [4, 4, 4]);
    const { stderr } = await pixscale("normalize", data);
    expect(stderr).toMatch(/^warning: 16-bit pixels times 1\/255 go up to 257; normalize=1\/65535 scales them to 0 … 1\n$/);
    expect((await pixscale("normalize", data, "--rescale", "1/65535")).stderr).toBe("");
    expect((await pixscale("center", data)).stderr).toBe("");
  });

  it("is given where pixels are at most 1 already", async () => {
    const { stderr } = await pixscale("normalize", npyFolder(ramp(64, 1 / 64), [4, 4, 4]));
    expect(stderr).toMatch(/^warning: no pixel is above 1, and normalize multiplies them by 1\/255; [^\n]*\n$/);
    expect((await pixscale("normalize", npyFolder(ramp(64, 1), [4, 4, 4]))).stderr).toBe("");
  });

  it("is given where statistics are no numbers", async () => {
    const pixels = ramp(64, 1);
    pixels[5] = Number.NaN;
    const data = npyFolder(pixels, [4, 4, 4]);
    const { status, stderr } = await pixscale("stats", data);
    expect(status).toBe(0);
    expect(stderr).toMatch(/^warning: train has NaN or infinite pixels, so its statistics are not finite\nwarning: test has/);
    expect((await json<StatsDocument>("stats", data)).splits.train.mean).toEqual([null]);
    expect((await pixscale("normalize", data)).stderr).toBe(stderr);
  });
});

it("a whitening that takes long says so, and can be interrupted", async () => {
  const run = start(["whiten", npyFolder(ramp(4 * 1764, 1), [4, 42, 42])]);
  await run.untilStderr("zca: finding the directions of 1,764 values takes minutes\n");
  run.process.kill("SIGTERM");
  expect((await run.finished).stdout).toBe("");
  expect([run.process.exitCode ?? 143, run.process.signalCode ?? "SIGTERM"]).toEqual([143, "SIGTERM"]);
});
