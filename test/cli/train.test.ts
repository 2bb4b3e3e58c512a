import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { here, jsonHere } from "./here.ts";
import {
  BIN,
  type EvaluateDocument,
  errorLine,
  type Finished,
  json,
  pixscale,
  type RunDocument,
  startProcess,
  temporaryFolder,
} from "./run.ts";

const SHORT = ["mnist-mini", "--epochs", "2", "--limit", "320", "--scaling", "standardize", "--seed", "4"];

let folder: string;
let first: Finished;
let saved: RunDocument;

beforeAll(async () => {
  folder = join(temporaryFolder(), "new", "run");
  first = await pixscale("train", ...SHORT, "--save", folder);
  saved = JSON.parse(readFileSync(join(folder, "run.json"), "utf8"));
});

/** Of a folder, if it is there. */
const filesIn = (path: string) => (existsSync(path) ? readdirSync(path) : []);

/** Without what the clock decides. */
function timeless({ epochs, settings, ...others }: RunDocument) {
  const { threads: _, ...kept } = settings;
  return { ...others, settings: kept, epochs: epochs.map(({ milliseconds: _, ...epoch }) => epoch) };
}

describe("train", () => {
  it("prints a table on stdout, and a line per epoch and the written folder on stderr", () => {
    expect(first.status).toBe(0);
    const lines = first.stderr.split("\n");
    for (const epoch of [1, 2]) {
      expect(lines[epoch]).toMatch(
        new RegExp(
          `^Epoch ${epoch}/2 {2}5/5 {2}\\d+s [\\d.]+ms/step {2}loss: [\\d.]+ {2}accuracy: [01]\\.\\d{4}$`,
        ),
      );
    }
    expect(lines[0]).toMatch(/^320 of 2,000 training images, drawn at random, class by class; /);
    expect(lines.slice(3)).toEqual([`wrote ${folder}`, ""]);
    expect(first.stdout).toContain("320 to train, 500 to test");
    expect(first.stdout).toMatch(/│ epoch │ +loss │ accuracy │ ms\/step │ +time │/);
    const accuracy = (saved.test.accuracy * 100).toFixed(2);
    expect(first.stdout).toContain(`test accuracy ${accuracy} %`);
    expect(first.stdout).toContain(saved.fingerprint.slice(0, 12));
  });

  it("saves model, weights, scaler and run", () => {
    expect(readdirSync(folder).sort()).toEqual(["model.json", "run.json", "scaler.json", "weights.bin"]);
    expect(saved).toMatchObject({ format: "pixscale-run", data: "mnist-mini", parameters: 121930 });
    expect(saved.settings).toMatchObject({ scaling: "standardize", epochs: 2, limit: 320, seed: 4 });
    expect(saved.images).toEqual({ train: 320, validation: 0, test: 500 });
    expect(saved.test.confusion.flat().reduce((a, b) => a + b)).toBe(500);
    expect(readFileSync(join(folder, "weights.bin")).length).toBe(4 * 121930);
  });

  it("prints the same document with --json, whatever the number of threads", async () => {
    const again = await json<RunDocument>("train", ...SHORT, "--threads", "3");
    // The file has a checksum, and those of the files beside it.
    const { checksum, files, ...document } = saved as RunDocument & { checksum: string; files: object };
    expect([checksum.length, Object.keys(files).length]).toEqual([64, 3]);
    expect(timeless(again)).toEqual({ ...timeless(document as RunDocument), version: 1 });
    expect(again.settings.threads).toBe(3);
  });

  it("computes the same bits in every new process, before the kernels are optimized, with any number of threads", async () => {
    const args = ["train", "mnist-mini", "--epochs", "2", "--limit", "200", "--validation-split", "0.2"];
    const prints: string[] = [];
    for (const threads of [1, 2, 3, 4, 2, 3, 4]) {
      const run = await json<RunDocument>(...args, "--limit-test", "10", "--threads", String(threads));
      prints.push(run.fingerprint);
    }
    expect(prints).toEqual(prints.map(() => prints[0]));
  });

  it("prints one JSON document on stdout and its progress on stderr", async () => {
    const { status, stdout, stderr } = await pixscale(
      "train",
      "mnist-mini",
      "--json",
      "--epochs",
      "1",
      "--limit",
      "64",
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout).epochs.length).toBe(1);
    expect(stderr).toMatch(/^64 of 2,000 [^\n]+\nEpoch 1\/1 [^\n]+\n$/);
  });

  it("holds images out for validation", async () => {
    const args = ["mnist-mini", "--epochs", "1", "--limit", "200", "--limit-test", "50"];
    const { status, stdout, stderr } = await pixscale("train", ...args, "--validation-split", "1/4");
    expect(status).toBe(0);
    expect(stderr).toMatch(/ val_loss: [\d.]+ {2}val_accuracy: [\d.]+\n$/);
    expect(stdout).toContain("150 to train, 50 to validate, 50 to test");
    expect(stdout).toMatch(/val loss │ val accuracy/);
  });

  const onMachine = (...flags: string[]) =>
    startProcess(process.execPath, [...flags, BIN, "train", "mnist-mini", "--quiet"]).finished;

  it.skipIf(process.arch !== "x64")("needs a processor with SIMD", async () => {
    const line = errorLine(await onMachine("--no-enable-sse4-1"), 1);
    expect(line).toMatch(/^engine: WebAssembly SIMD and threads are not available; .*--backend tensorflow$/);
  });

  it("ends when the loss is infinite or NaN, and saves nothing", async () => {
    const target = join(temporaryFolder(), "run");
    const ended = await pixscale("train", ...SHORT, "--learning-rate", "1e30", "--quiet", "--save", target);
    expect(errorLine(ended, 1)).toMatch(
      /^training: the loss became infinite or NaN in epoch 1, step \d+; lower --learning-rate, /,
    );
    expect(filesIn(target)).toEqual([]);
  });

  it("never prints a loss that is infinite or NaN", async () => {
    const args = ["--limit", "64", "--epochs", "1", "--learning-rate", "1e30", "--quiet", "--json"];
    errorLine(await here("train", "mnist-mini", ...args), 1);
  });
});

describe("evaluate", () => {
  it("agrees with the run", async () => {
    const { split, images, loss, accuracy, confusion } = await jsonHere<EvaluateDocument>(
      "evaluate",
      folder,
      "mnist-mini",
    );
    expect({ split, images }).toEqual({ split: "test", images: 500 });
    expect(accuracy).toBe(saved.test.accuracy);
    expect(confusion).toEqual(saved.test.confusion);
    expect(loss).toBeCloseTo(saved.test.loss, 12);
  });

  it("can use the training split", async () => {
    const { images, split } = await jsonHere<EvaluateDocument>(
      "evaluate",
      folder,
      "mnist-mini",
      "--split",
      "train",
    );
    expect({ images, split }).toEqual({ images: 2000, split: "train" });
  });

  it("shows the confusion table", async () => {
    const { status, stdout, stderr } = await pixscale("evaluate", folder, "mnist-mini");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { confusion, accuracy } = saved.test;
    const row = stdout.split("\n").find((line) => line.startsWith("│ 3 "));
    const cells = row?.split("│").map((cell) => cell.trim());
    expect(cells?.slice(2, 12).map((cell) => (cell === "·" ? 0 : Number(cell)))).toEqual(confusion[3]);
    expect(stdout).toContain(`test accuracy ${(accuracy * 100).toFixed(2)} %`);
  });

  it("uses the training data if no data are named, and asks if those are unknown", async () => {
    expect(await jsonHere<EvaluateDocument>("evaluate", folder)).toMatchObject({
      data: "mnist-mini",
      images: 500,
    });
    const foreign = temporaryFolder();
    for (const name of ["model.json", "weights.bin", "scaler.json"]) {
      writeFileSync(join(foreign, name), readFileSync(join(folder, name)));
    }
    expect(errorLine(await here("evaluate", foreign), 2)).toMatch(
      /does not say what data it was trained on; name/,
    );
    for (const change of ["null", '{"format": "pixscale-run", "data": 3}']) {
      writeFileSync(join(foreign, "run.json"), change);
      expect(errorLine(await here("evaluate", foreign), 1)).toMatch(
        /run\.json: not a "pixscale-run" document: .*; /,
      );
    }
  });

  it("takes a scaling or a scaler's file for a model without one, and says so", async () => {
    const bare = temporaryFolder();
    for (const name of ["model.json", "weights.bin"]) {
      writeFileSync(join(bare, name), readFileSync(join(folder, name)));
    }
    expect(errorLine(await here("evaluate", bare, "mnist-mini"), 1)).toMatch(
      /scaler\.json: does not exist, .*; name the scaling .* --scaler normalize$/,
    );
    const accuracy = async (scaler: string) =>
      (await jsonHere<EvaluateDocument>("evaluate", bare, "mnist-mini", "--scaler", scaler)).accuracy;
    expect(await accuracy(join(folder, "scaler.json"))).toBe(saved.test.accuracy);
    const all = join(bare, "all.json");
    await jsonHere("stats", "mnist-mini", "--scaling", "standardize@pixel", "--save", all);
    expect(await accuracy("standardize@pixel")).toBe(await accuracy(all));
    const replaced = await here("evaluate", folder, "mnist-mini", "--scaler", "normalize");
    expect(replaced.stderr).toContain(
      "warning: --scaler replaces the scaler that was saved with the model\n",
    );
    expect(errorLine(await here("evaluate", bare, "mnist-mini", "--scaler", "standardise"), 2)).toMatch(
      /^--scaler: "standardise" is not a known step; did you mean standardize\?$/,
    );
    expect(errorLine(await here("evaluate", bare, "mnist-mini", "--scaler", "no.json"), 1)).toMatch(
      /no\.json: /,
    );
  });

  it("names the file that is missing or damaged", async () => {
    const empty = temporaryFolder();
    expect(errorLine(await here("evaluate", empty, "mnist-mini"), 1)).toContain(join(empty, "model.json"));
    writeFileSync(join(empty, "model.json"), readFileSync(join(folder, "model.json")));
    writeFileSync(join(empty, "scaler.json"), readFileSync(join(folder, "scaler.json")));
    expect(errorLine(await here("evaluate", empty, "mnist-mini"), 1)).toContain(join(empty, "weights.bin"));
    writeFileSync(join(empty, "weights.bin"), readFileSync(join(folder, "weights.bin")).subarray(4));
    expect(errorLine(await here("evaluate", empty, "mnist-mini"), 1)).toMatch(/487716 bytes.*487720/);
  });
});

describe("train --init-from", () => {
  it("starts from the saved weights: their results hardly change without learning", async () => {
    const args = ["mnist-mini", "--scaling", "standardize", "--limit", "320", "--epochs", "1"];
    const next = await json<RunDocument>("train", ...args, "--learning-rate", "1e-12", "--init-from", folder);
    expect(next.test.confusion).toEqual(saved.test.confusion);
    expect(Math.abs(next.test.loss - saved.test.loss)).toBeLessThan(1e-6);
    expect(next.epochs[0].loss).toBeLessThan(saved.epochs[1].loss);
    expect(next.settings.initFrom).toBe(folder);
  });

  it("continues learning, saves, and can start again from there", async () => {
    const second = join(temporaryFolder(), "second");
    const next = await json<RunDocument>("train", ...SHORT, "--init-from", folder, "--save", second);
    expect(next.epochs[1].loss).toBeLessThan(saved.epochs[1].loss);
    const evaluated = await jsonHere<EvaluateDocument>("evaluate", second, "mnist-mini");
    expect(evaluated.confusion).toEqual(next.test.confusion);
    const third = await pixscale(
      "train",
      ...SHORT,
      "--init-from",
      second,
      "--save",
      second,
      "--force",
      "--quiet",
    );
    expect(third.status).toBe(0);
    const again = JSON.parse(readFileSync(join(second, "run.json"), "utf8")) as RunDocument;
    expect(again.fingerprint).not.toBe(next.fingerprint);
  });

  it("refuses a folder without a model", async () => {
    const nowhere = join(temporaryFolder(), "nowhere");
    const line = errorLine(await here("train", ...SHORT, "--init-from", nowhere), 1);
    expect(line).toContain(join(nowhere, "model.json"));
  });
});

describe("train --save, before any training,", () => {
  it.each([
    ["a file", "taken"],
    ["a folder in a file", join("taken", "run")],
  ])("refuses %s", async (_, name) => {
    const base = temporaryFolder();
    writeFileSync(join(base, "taken"), "mine");
    // Not quiet: a line of an epoch would be seen.
    const line = errorLine(await here("train", ...SHORT, "--save", join(base, name)), 1);
    expect(line.startsWith(`${join(base, name)}: `)).toBe(true);
    expect(readFileSync(join(base, "taken"), "utf8")).toBe("mine");
  });

  it("refuses a folder that holds a model, which stays as it was, and replaces it with --force", async () => {
    const saved = join(temporaryFolder(), "run");
    const args = ["train", "mnist-mini", "--limit", "64", "--limit-test", "10", "--epochs", "1", "--quiet"];
    expect((await here(...args, "--save", saved)).status).toBe(0);
    const weights = () => readFileSync(join(saved, "weights.bin"), "hex");
    const before = weights();
    const again = [...args, "--seed", "1", "--save", saved];
    expect(errorLine(await here(...again), 1)).toBe(
      `${saved}: a model is saved there already; choose another folder, or add --force`,
    );
    expect(weights()).toBe(before);
    expect((await here(...again, "--force")).status).toBe(0);
    expect(weights()).not.toBe(before);
  });

  it("refuses an empty name", async () => {
    expect(errorLine(await here("train", ...SHORT, "--save", ""), 2)).toMatch(/^--save: /);
  });

  it.skipIf(process.getuid?.() === 0)("refuses a folder without write permission (not as root)", async () => {
    const base = join(temporaryFolder(), "fixed");
    await mkdir(base, { mode: 0o500 });
    for (const target of [base, join(base, "new")]) {
      expect(errorLine(await here("train", ...SHORT, "--save", target), 1)).toContain("may not be written");
    }
  });

  it("makes no folder if the data do not exist", async () => {
    const base = temporaryFolder();
    errorLine(await here("train", join(base, "none"), "--save", join(base, "run")), 1);
    expect(readdirSync(base)).toEqual([]);
  });
});
