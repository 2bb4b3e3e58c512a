import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { npyFolder, slowToWhiten } from "./npy-folder.ts";
import { pixscale, type StatsDocument, start } from "./run.ts";

const ramp = (length: number, step: number) => Float32Array.from({ length }, (_, i) => i * step);

describe.concurrent("a warning", () => {
  it("is given for 1/255 on 16-bit pixels, but not for another factor", async () => {
    const data = npyFolder(Uint16Array.from(ramp(64, 1000)), [4, 4, 4]);
    const { stderr } = await pixscale("normalize", data);
    expect(stderr).toMatch(
      /^warning: 16-bit pixels times 1\/255 go up to 257; normalize=1\/65535 scales them to 0 … 1\n$/,
    );
    expect((await pixscale("normalize", data, "--rescale", "1/65535")).stderr).toBe("");
    expect((await pixscale("center", data)).stderr).toBe("");
  });

  it("is given when no pixel is above 1", async () => {
    const { stderr } = await pixscale("normalize", npyFolder(ramp(64, 1 / 64), [4, 4, 4]));
    expect(stderr).toMatch(
      /^warning: no pixel is above 1, and normalize multiplies them by 1\/255; [^\n]*\n$/,
    );
    expect((await pixscale("normalize", npyFolder(ramp(64, 1), [4, 4, 4]))).stderr).toBe("");
  });

  it("is an error when pixels are NaN, after what can be said", async () => {
    const pixels = ramp(64, 1);
    pixels[5] = Number.NaN;
    const data = npyFolder(pixels, [4, 4, 4]);
    const { status, stderr } = await pixscale("stats", data);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^error: .*: train and test have NaN or infinite values, so the statistics are not finite; replace them\n$/,
    );
    const { stdout } = await pixscale("stats", data, "--json", "--quiet");
    expect((JSON.parse(stdout) as StatsDocument).splits.train.mean).toEqual([null]);
    expect((await pixscale("normalize", data)).stderr).toBe(stderr);
  });
});

describe.concurrent("a signal right after the warning of a long fit", () => {
  /** Fitted for minutes on any machine, far beyond a test's patience: who answers has not waited for the fit. */
  const LARGE = slowToWhiten();
  const WHITEN = ["whiten", LARGE];
  const TRAIN = ["train", LARGE, "--scaling", "zca"];
  const WARNING = "fitting zca on 4,096 values per image can take a minute; smaller images take less\n";

  it.each([
    { signal: "SIGTERM", status: 143, args: WHITEN, delays: [0, 1, 5, 20] },
    { signal: "SIGINT", status: 130, args: WHITEN, delays: [0, 5] },
    { signal: "SIGTERM", status: 143, args: TRAIN, delays: [0, 5] },
    { signal: "SIGINT", status: 130, args: TRAIN, delays: [0, 1, 5, 20] },
  ] as const)("ends $args.0 with status $status ($signal)", async ({ signal, status, args, delays }) => {
    for (const delay of delays) {
      // A signal that is lost, or answered only after the fit, ends in SIGKILL and no status.
      const run = start(args, { timeout: 20_000 });
      await run.untilStderr(WARNING);
      await setTimeout(delay);
      run.process.kill(signal);
      expect(await run.finished).toEqual({ status, stdout: "", stderr: `warning: ${WARNING}` });
    }
  });
});
