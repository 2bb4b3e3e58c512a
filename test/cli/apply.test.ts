import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Split } from "../../src/data/dataset.ts";
import { loadDataset, openDataset } from "../../src/data/load.ts";
import { imageTexts } from "../training/support.ts";
import { here, jsonHere } from "./here.ts";
import { errorLine, type ScaleDocument, temporaryFolder } from "./run.ts";

const MINI = "mnist-mini";

describe("apply", () => {
  it("scales as the command that fitted, and back to the pixels of the data", async () => {
    const folder = temporaryFolder();
    const [scaler, scaled, again, back] = ["s.json", "a.npz", "b.npz", "back.npz"].map((name) =>
      join(folder, name),
    );
    await here("stats", MINI, "--axis", "pixel", "--save", scaler);
    const fitted = await jsonHere<ScaleDocument>("standardize", MINI, "--axis", "pixel", "--save", scaled);
    const applied = await jsonHere<ScaleDocument>("apply", scaler, MINI, "--save", again);
    expect(applied.splits).toEqual(fitted.splits);
    expect(readFileSync(again).equals(readFileSync(scaled))).toBe(true);
    await jsonHere("apply", scaler, scaled, "--inverse", "--save", back);
    const [original, restored] = [await loadDataset(MINI), await loadDataset(back)];
    for (const name of ["train", "test"] as const) {
      expect(restored[name].labels).toEqual(original[name].labels);
      const rounded = Uint8Array.from(restored[name].pixels, Math.round);
      expect(Buffer.compare(rounded, original[name].pixels as Uint8Array)).toBe(0);
    }
  });

  it("says what it did", async () => {
    const scaler = join(temporaryFolder(), "s.json");
    await here("stats", MINI, "--scaling", "mnist", "--save", scaler);
    expect((await here("apply", scaler, MINI)).stdout).toMatch(
      /^mnist-mini, scaled with mnist\nmnist: factor 1\/255, /,
    );
    const back = await here("apply", scaler, MINI, "--inverse");
    expect(back.stdout).toMatch(/^mnist-mini, scaled back from mnist\n/);
  });

  it("refuses what is no scaler, what cannot be undone, and other endings", async () => {
    const file = join(temporaryFolder(), "s.json");
    await writeFile(file, "{}");
    expect(errorLine(await here("apply", file, MINI), 1)).toMatch(/s\.json: not a scaler: /);
    const clip = {
      format: "pixscale-scaler",
      version: 1,
      axis: "global",
      shape: { height: 28, width: 28, channels: 1 },
      steps: [{ kind: "clip", percentiles: [1, 99], low: [0], high: [254] }],
    };
    await writeFile(file, JSON.stringify(clip));
    expect(errorLine(await here("apply", file, MINI, "--inverse"), 1)).toMatch(
      /s\.json: "clip" cannot be undone, /,
    );
    expect(errorLine(await here("apply", file, MINI, "--save", "x.txt"), 2)).toMatch(
      /^--save: must end in \.npy or/,
    );
  });

  it("writes a folder of PNG files that has the pixels of the data", async () => {
    const folder = temporaryFolder();
    const [scaler, scaled, pngs, units] = ["s.json", "a.npz", "pngs/", "units/"].map((name) =>
      join(folder, name),
    );
    await here("stats", MINI, "--save", scaler);
    await here("standardize", MINI, "--save", scaled);
    const { stderr } = await here("apply", scaler, scaled, "--inverse", "--save", pngs);
    expect(stderr).toMatch(/^wrote PNG files into [^,]*, values rounded$/m);
    const original = await loadDataset(MINI);
    const restored = await openDataset(pngs, { color: "gray" });
    for (const name of ["train", "test"] as const) {
      expect(imageTexts(restored[name] as Split).sort()).toEqual(imageTexts(original[name]).sort());
    }
    expect(errorLine(await here("apply", scaler, scaled, "--inverse", "--save", pngs), 1)).toMatch(
      /: this folder is not empty; choose a new one/,
    );
    expect((await here("normalize", MINI, "--split", "test", "--save", units)).stderr).toMatch(
      /values times 255, rounded$/m,
    );
    const only = await openDataset(join(units, "test"), { color: "gray", testSplit: 0 });
    expect(imageTexts(only.train as Split).sort()).toEqual(imageTexts(original.test).sort());
  });

  it("refuses PNG files of values that are no pixels", async () => {
    const folder = temporaryFolder();
    const out = join(folder, "out/");
    expect(errorLine(await here("standardize", MINI, "--save", out), 1)).toMatch(
      /out\/: PNG files hold 0 to 1 or whole numbers from 0 to 255, and these values go from -0\.424 to 2\.820, with fractions; save/,
    );
    expect(errorLine(await here("normalize", MINI, "--rescale", "2", "--save", out), 1)).toMatch(
      /go from 0\.000 to 510\.000; save/,
    );
    expect(readdirSync(out)).toEqual([]);
  });
});
