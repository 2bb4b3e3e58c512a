import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { PixscaleError } from "../../src/errors.ts";
import type { LayerNetwork } from "../../src/model/network.ts";
import { encodeModel } from "../../src/model/tfjs/encode.ts";
import { weightsFingerprint } from "../../src/model/weights.ts";
import { RandomStream } from "../../src/random.ts";
import { Scaler } from "../../src/scaling/scaler.ts";
import { loadModel, loadRun, loadScaler, readOrigin, saveRun } from "../../src/training/saved-run.ts";
import { type RunResult, train } from "../../src/training/train.ts";
import { expectReadOrRefused } from "../data/damage.ts";
import { layersOf, settings } from "./support.ts";

let run: RunResult;
let trained: LayerNetwork;
let saved: string;
let folder: string;

beforeAll(async () => {
  const mini = await loadDataset("mnist-mini");
  run = await train(
    mini,
    settings({ limit: 64, limitTest: 10, scaling: "normalize+standardize", axis: "pixel" }),
  );
  trained = layersOf(run.model);
  saved = await mkdtemp(join(tmpdir(), "pixscale-run-"));
  saveRun(saved, run, { data: "é" });
});

afterAll(async () => {
  await rm(saved, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "pixscale-run-")), "copy");
  await cp(saved, folder, { recursive: true });
});

afterEach(async () => {
  await rm(join(folder, ".."), { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

/** The message of the one-line error that `promise` must fail with. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => expect.fail("no error"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PixscaleError);
  expect((error as PixscaleError).exitStatus).toBe(1);
  expect((error as PixscaleError).message).toMatch(/^[^\n;]+: [^\n;]+; [^\n;]+$/);
  return (error as PixscaleError).message;
}

async function change(name: string, edit: (json: Record<string, never>) => unknown): Promise<void> {
  await writeFile(at(name), JSON.stringify(edit(JSON.parse(await readFile(at(name), "utf8")))));
}

describe("a saved run", () => {
  it("consists of four files", async () => {
    expect((await readdir(folder)).sort()).toEqual(["model.json", "run.json", "scaler.json", "weights.bin"]);
    const document = JSON.parse(await readFile(at("run.json"), "utf8"));
    expect(document).toMatchObject({ format: "pixscale-run", data: "é", fingerprint: run.fingerprint });
    expect(document.settings).toMatchObject({ scaling: "normalize+standardize", axis: "pixel", epochs: 1 });
    expect(await readOrigin(folder)).toEqual({ data: "é", reading: {} });
  });

  it("restores model and weights bit for bit", async () => {
    const { model, weights, subject } = await loadModel(folder);
    expect(model).toEqual(trained.model);
    expect(weights).toEqual(trained.weights);
    expect(weightsFingerprint(weights)).toBe(run.fingerprint);
    expect(subject).toBe(at("model.json"));
  });

  it("restores the scaler bit for bit", async () => {
    const scaler = await loadScaler(folder);
    expect(scaler.axis).toBe("pixel");
    expect(scaler.shape).toEqual(run.scaler.shape);
    expect(scaler.steps).toEqual(run.scaler.steps);
  });

  it("can replace another, and be moved", async () => {
    const negated = trained.weights.map(({ kernel, bias }) => ({ kernel: kernel.map((x) => -x), bias }));
    saveRun(folder, { ...run, model: encodeModel(trained.model, negated) }, { data: "é" });
    expect((await loadModel(folder)).weights).toEqual(negated);
    saveRun(folder, run, { data: "é" });
    await rename(folder, `${folder}-moved`);
    expect((await loadModel(`${folder}-moved`)).weights).toEqual(trained.weights);
    expect((await readdir(`${folder}-moved`)).length).toBe(4);
  });

  it("is not written at all if one file cannot be", async () => {
    const other = join(folder, "other");
    await mkdir(join(other, "scaler.json"), { recursive: true });
    expect(() => saveRun(other, run, { data: "é" })).toThrow(PixscaleError);
    expect(await readdir(other)).toEqual(["scaler.json"]);
  });

  it("is not saved where there is no folder", async () => {
    expect(() => saveRun(at("none"), run, { data: "é" })).toThrow(
      /its folder does not exist; create the folder/,
    );
  });
});

describe("a saved run whose bytes change", () => {
  it.each(["model.json", "weights.bin", "scaler.json", "run.json"])("is refused: %s", async (name) => {
    const whole = await readFile(at(name));
    const random = new RandomStream(1, "shuffle");
    for (let i = 0; i < 60; i++) {
      const bytes = Buffer.from(whole);
      const place = Math.floor(random.uniform() * bytes.length);
      bytes[place] ^= 1 << (i % 8);
      await writeFile(at(name), bytes);
      const read = async () => [await loadRun(folder), await readOrigin(folder)];
      // White space in run.json does not count; all else is refused.
      if (/^\s$/.test(String.fromCharCode(whole[place]))) continue;
      const message = await failure(read());
      expect(message).toMatch(/(model|scaler|run)\.json: |weights\.bin: /);
    }
  });

  it("is refused if its files belong to two saves", async () => {
    const other = await mkdtemp(join(tmpdir(), "pixscale-run-"));
    saveRun(
      other,
      { ...run, scaler: Scaler.fit("center", (await loadDataset("mnist-mini")).train) },
      { data: "é" },
    );
    await cp(join(other, "scaler.json"), at("scaler.json"));
    expect(await failure(loadScaler(folder))).toMatch(/scaler\.json: damaged or replaced: /);
    await rm(other, { recursive: true });
  });
});

describe("an error names the damaged file, also without checksums:", () => {
  beforeEach(() => rm(at("run.json")));

  it.each<[string, string, () => Promise<unknown>, RegExp]>([
    ["no model", "model.json", () => rm(at("model.json")), /no such file or folder/],
    ["no weights", "weights.bin", () => rm(at("weights.bin")), /no such file or folder/],
    ["cut weights", "model.json", () => truncate(at("weights.bin"), 1000), /weights.* 1000 bytes/],
    ["longer weights", "model.json", () => truncate(at("weights.bin"), 999_999), /weights.* 999999 bytes/],
    ["empty weights", "model.json", () => truncate(at("weights.bin"), 0), /weights.* 0 bytes/],
    ["half a model", "model.json", () => truncate(at("model.json"), 500), /not valid JSON/],
    ["an empty model", "model.json", () => truncate(at("model.json"), 0), /not valid JSON/],
    ["a text", "model.json", () => writeFile(at("model.json"), "hello"), /not valid JSON/],
    ["other JSON", "model.json", () => writeFile(at("model.json"), "[1]"), /LayersModel/],
    [
      "a folder for a file",
      "weights.bin",
      async () => {
        await rm(at("weights.bin"));
        await mkdir(at("weights.bin"));
      },
      /folder|cannot be read/,
    ],
  ])("%s", async (_, name, damage, what) => {
    await damage();
    const message = await failure(loadModel(folder));
    expect(message).toContain(`${at(name)}: `);
    expect(message).toMatch(what);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["no scaler", () => rm(at("scaler.json")), /does not exist, so how the model/],
    ["half a scaler", () => truncate(at("scaler.json"), 500), /not valid JSON/],
    ["another format", () => change("scaler.json", (json) => ({ ...json, format: "other" })), /not a scaler/],
    ["a later version", () => change("scaler.json", (json) => ({ ...json, version: 2 })), /version 2/],
    ["another file", () => cp(at("model.json"), at("scaler.json")), /not a scaler/],
    ["null", () => writeFile(at("scaler.json"), "null"), /not a scaler/],
    ["another axis", () => change("scaler.json", (json) => ({ ...json, axis: "row" })), /row/],
    [
      "missing statistics",
      () => change("scaler.json", (json) => ({ ...json, axis: "global" })),
      /steps\[1\]/,
    ],
  ])("%s", async (_, damage, what) => {
    await damage();
    const message = await failure(loadScaler(folder));
    expect(message).toContain(`${at("scaler.json")}: `);
    expect(message).toMatch(what);
  });

  it("weights outside its folder, which other models may name", async () => {
    await rename(at("weights.bin"), join(folder, "..", "weights.bin"));
    const [manifest] = JSON.parse(await readFile(at("model.json"), "utf8")).weightsManifest;
    const elsewhere = (path: string) =>
      change("model.json", (json) => ({ ...json, weightsManifest: [{ ...manifest, paths: [path] }] }));
    await elsewhere("../weights.bin");
    expect(await failure(loadModel(folder))).toMatch(
      /model\.json: names .*"\.\.\/weights\.bin", which is not in/,
    );
    await elsewhere("weights.bin");
    await symlink("../weights.bin", at("weights.bin"));
    expect(await failure(loadModel(folder))).toMatch(/model\.json: names .*"weights\.bin", which is not in/);
  });

  it("weights of another length, before they are read", async () => {
    await truncate(at("weights.bin"), 2 ** 40);
    expect(await failure(loadModel(folder))).toMatch(/its weights files have 1099511627776 bytes, but it/);
  });

  it("weights that are not numbers", async () => {
    const bytes = await readFile(at("weights.bin"));
    bytes.writeFloatLE(Number.NaN, 4000);
    await writeFile(at("weights.bin"), bytes);
    expect(await failure(loadModel(folder))).toMatch(/(weights\.bin|model\.json): .*(finite|NaN|number)/);
  });

  it("a folder that does not exist, or is a file", async () => {
    expect(await failure(loadModel(at("none")))).toMatch(/none/);
    expect(await failure(loadModel(at("run.json")))).toMatch(/run\.json/);
  });
});

describe("random damage", () => {
  it.each([
    "model.json",
    "weights.bin",
    "scaler.json",
    "run.json",
  ])("of %s is found, or changes nothing", async (file) => {
    const [before, after] = await Promise.all([loadRun(saved), readOrigin(saved)]);
    await expectReadOrRefused({ data: saved, file }, 1000, async (copy) => {
      const found = await Promise.all([loadRun(copy), readOrigin(copy)]);
      expect(found[0].model.bytes).toEqual(before.model.bytes);
      expect(JSON.stringify(found[0].scaler)).toBe(JSON.stringify(before.scaler));
      expect(found[1]).toEqual(after);
    });
  });

  it.each(["model.json", "scaler.json"])("of %s without checksums is read or refused", async (file) => {
    await rm(at("run.json"));
    const read = file === "model.json" ? loadModel : loadScaler;
    await expectReadOrRefused({ data: folder, file }, 1000, read);
  });
});
