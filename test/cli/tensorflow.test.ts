import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findPackage, packageIn, setupFolder } from "../../src/training/backends/tensorflow/location.ts";
import { reason, tfjsNode } from "../training/backends/tensorflow/tfjs-node.ts";
import {
  BIN,
  type EvaluateDocument,
  environment,
  errorLine,
  type Finished,
  type RunDocument,
  start,
  startProcess,
  temporaryFolder,
} from "./run.ts";

const SHORT = ["mnist-mini", "--epochs", "2", "--limit", "320", "--scaling", "standardize", "--seed", "4"];
const TENSORFLOW = ["--backend", "tensorflow"];

/** Runs with another user's cache. */
function pixscaleWith(cache: string | undefined, ...args: string[]): Promise<Finished> {
  return start(args, { env: environment(cache === undefined ? {} : { XDG_CACHE_HOME: cache }) }).finished;
}

/** The document on stdout; TensorFlow itself writes on stderr when it starts. */
async function jsonOf<T>(...args: string[]): Promise<T> {
  const { status, stdout, stderr } = await pixscaleWith(undefined, ...args, "--json", "--quiet");
  expect({ status, stderr: stderr.replace(/^(WARNING: All log|[IW]0000 ).*\n/gm, "") }).toEqual({
    status: 0,
    stderr: "",
  });
  return JSON.parse(stdout) as T;
}

describe.skipIf(tfjsNode === undefined)(`--backend tensorflow ${reason}`, () => {
  let folder: string;
  let run: RunDocument;

  beforeAll(async () => {
    folder = join(temporaryFolder(), "run");
    run = await jsonOf<RunDocument>("train", ...SHORT, ...TENSORFLOW, "--save", folder);
  });

  it("trains as the built-in engine does", async () => {
    const ours = await jsonOf<RunDocument>("train", ...SHORT);
    expect(run.settings.backend).toBe("tensorflow");
    expect(run.parameters).toBe(ours.parameters);
    expect(run.fingerprint).not.toBe(ours.fingerprint);
    run.epochs.forEach(({ loss }, i) => {
      expect(Math.abs(loss - ours.epochs[i].loss) / ours.epochs[i].loss).toBeLessThan(1e-3);
    });
  });

  it("reads the model that it saved, and so does the built-in engine", async () => {
    expect(readdirSync(folder).sort()).toEqual(["model.json", "run.json", "scaler.json", "weights.bin"]);
    for (const backend of ["tensorflow", "wasm"]) {
      const { confusion, loss } = await jsonOf<EvaluateDocument>(
        "evaluate",
        folder,
        "mnist-mini",
        "--backend",
        backend,
      );
      expect(confusion).toEqual(run.test.confusion);
      expect(loss).toBeCloseTo(run.test.loss, 5);
    }
  });

  it("continues from the saved model", async () => {
    const args = ["train", ...SHORT, "--learning-rate", "1e-12", "--init-from", folder];
    for (const backend of ["tensorflow", "wasm"]) {
      const next = await jsonOf<RunDocument>(...args, "--backend", backend);
      expect(next.test.confusion).toEqual(run.test.confusion);
    }
  });

  it("refuses data that do not fit the model", async () => {
    const model = join(temporaryFolder(), "model");
    cpSync(folder, model, { recursive: true });
    const { tf } = tfjsNode as NonNullable<typeof tfjsNode>;
    const net = tf.sequential({
      layers: [
        tf.layers.flatten({ inputShape: [8, 8, 1] }),
        tf.layers.dense({ units: 10, activation: "softmax" }),
      ],
    });
    await net.save(`file://${model}`);
    // Without the sums of the model that stood here before.
    rmSync(join(model, "run.json"));
    const ended = await pixscaleWith(undefined, "evaluate", model, "mnist-mini", ...TENSORFLOW);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(
      /model\.json: the model takes images of 8×8×1, but those of mnist-mini are 28×28×1; /,
    );
  });

  it("trains and evaluates a model saved by TensorFlow.js, with layers that the built-in engine lacks", async () => {
    const { tf } = tfjsNode as NonNullable<typeof tfjsNode>;
    const net = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 6,
          kernelSize: 5,
          strides: 2,
          activation: "relu",
          inputShape: [28, 28, 1],
        }),
        tf.layers.batchNormalization(),
        tf.layers.averagePooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 10, activation: "softmax" }),
      ],
    });
    const [start, target] = [join(temporaryFolder(), "start"), join(temporaryFolder(), "trained")];
    await net.save(`file://${start}`);
    const args = [...SHORT, "--init-from", start];
    errorLine(await pixscaleWith(undefined, "train", ...args, "--quiet"), 1);
    const trained = await jsonOf<RunDocument>("train", ...args, ...TENSORFLOW, "--save", target);
    expect(trained.parameters).toBe(net.countParams());
    expect(trained.epochs[1].loss).toBeLessThan(trained.epochs[0].loss);
    const loaded = await tf.loadLayersModel(`file://${join(target, "model.json")}`);
    expect(loaded.layers.map((layer) => layer.getClassName())).toContain("BatchNormalization");
    const evaluated = await jsonOf<EvaluateDocument>("evaluate", target, "mnist-mini", ...TENSORFLOW);
    expect(evaluated.confusion).toEqual(trained.test.confusion);
  });

  it("works without util.isNullOrUndefined, which Node 23 removed", async () => {
    const removal = "data:text/javascript,import util from 'node:util'; delete util.isNullOrUndefined";
    const args = [
      "--import",
      removal,
      BIN,
      "train",
      "mnist-mini",
      "--limit",
      "64",
      "--epochs",
      "1",
      ...TENSORFLOW,
    ];
    const { status, stdout, stderr } = await startProcess(process.execPath, args).finished;
    expect(status).toBe(0);
    expect(stdout).toMatch(/backend tensorflow/);
    expect(stderr).not.toMatch(/Deprecation/);
  });
});

describe("doctor", () => {
  /** A cache with a package that does this when it is loaded. */
  function cacheWith(script: string): string {
    const cache = temporaryFolder();
    const folder = packageIn(join(cache, "pixscale", setupFolder().split("/").at(-1) as string));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "index.js"), script);
    return cache;
  }

  it.each([
    // As a processor that lacks the library's instructions does.
    ["process.kill(process.pid, 'SIGILL'); setInterval(() => {}, 1)", /ended its process with SIGILL/],
    ["process.exit(7)", /ended its process with status 7/],
    ["throw new TypeError('no; such')", /cannot be loaded \(no. such\)/],
  ])("survives a tfjs-node that runs %s", async (script, reason) => {
    const { status, stdout, stderr } = await pixscaleWith(cacheWith(script), "doctor", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const check = JSON.parse(stdout).checks.at(-1);
    expect(check).toMatchObject({ name: "backend tensorflow", ok: false });
    expect(check.detail).toMatch(reason);
  });
});

/** Real states of the package, made from the one that loads here. */
describe.skipIf(tfjsNode === undefined)(`doctor recognizes ${reason}`, () => {
  const whole = findPackage() ?? "";

  /** A cache with a tfjs-node that lacks what `removed` names. */
  function cacheWithout(...removed: string[]): { cache: string; folder: string } {
    const cache = temporaryFolder();
    const own = join(cache, "pixscale", setupFolder().split("/").at(-1) as string);
    const folder = packageIn(own);
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(whole)) {
      if (removed.includes(name)) continue;
      if (name === "deps") symlinkSync(join(whole, name), join(folder, name));
      else cpSync(join(whole, name), join(folder, name), { recursive: true });
    }
    // The packages it needs, which Node looks for in the folders around it.
    const modules = dirname(dirname(whole));
    for (const name of readdirSync(modules)) {
      if (name !== "@tensorflow") symlinkSync(join(modules, name), join(own, "node_modules", name));
    }
    for (const name of readdirSync(join(modules, "@tensorflow"))) {
      const place = join(own, "node_modules", "@tensorflow", name);
      if (!existsSync(place)) symlinkSync(join(modules, "@tensorflow", name), place);
    }
    return { cache, folder };
  }

  async function diagnosisOf(cache: string): Promise<{ ok: boolean; text: string; remedy: string }> {
    const [doctor, line] = await Promise.all([
      pixscaleWith(cache, "doctor", "--json"),
      pixscaleWith(cache, "train", "mnist-mini", "--limit", "64", ...TENSORFLOW, "--quiet"),
    ]);
    const { status, stdout, stderr } = doctor;
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; ok: boolean; detail: string; remedy?: string }[];
    };
    const {
      ok,
      detail,
      remedy = "",
    } = checks.find(({ name }) => name === "backend tensorflow") ?? expect.fail("none");
    if (ok) expect(line.status).toBe(0);
    else expect(errorLine(line, 1)).toBe(`--backend tensorflow: ${detail}; ${remedy}, or use --backend wasm`);
    return { ok, text: detail, remedy };
  }

  it("a package that works", async () => {
    const { ok, text } = await diagnosisOf(cacheWithout().cache);
    expect({ ok, text }).toEqual({
      ok: true,
      text: expect.stringMatching(/5 training steps agree .* to \de-\d/),
    });
  });

  it("an install script that did not run", async () => {
    const { text, remedy } = await diagnosisOf(cacheWithout("deps", "lib").cache);
    expect(text).toMatch(/without its native part: its install script was not allowed to run/);
    expect(remedy).toMatch(/setup:tensorflow.*npm install-scripts approve/);
  });

  it("a refused download", async () => {
    const { cache, folder } = cacheWithout("deps", "lib");
    // What the install script leaves.
    mkdirSync(join(folder, "deps"));
    expect((await diagnosisOf(cache)).text).toMatch(/without its native part: its download from \S+ failed/);
  });

  it("an addon that was not built", async () => {
    expect((await diagnosisOf(cacheWithout("lib").cache)).text).toMatch(/the addon was not built/);
  });

  it("a missing shared library", async () => {
    const { text, remedy } = await diagnosisOf(cacheWithout("deps").cache);
    expect(text).toMatch(/needs the shared library libtensorflow\S*, which is missing/);
    expect(remedy).toMatch(/^run npm run setup:tensorflow/);
  });

  it("an addon that is not a library", async () => {
    const { cache, folder } = cacheWithout();
    const lib = join(folder, "lib");
    const addon = join(lib, readdirSync(lib)[0], "tfjs_binding.node");
    renameSync(addon, `${addon}.old`);
    writeFileSync(addon, "no library");
    expect((await diagnosisOf(cache)).text).toMatch(
      /native part .* cannot be loaded \(.*(invalid ELF header|file too short)/,
    );
  });
});
