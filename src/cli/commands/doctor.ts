import { availableParallelism } from "node:os";
import { Command } from "commander";
import { satisfies } from "semver";
import { loadSharp } from "../../data/images/image-decoder.ts";
import { loadDataset } from "../../data/load.ts";
import { PixscaleError } from "../../errors.ts";
import { type Check, checkTable } from "../../output/check-table.ts";
import { thousands } from "../../output/format.ts";
import { parseScaling } from "../../scaling/parse.ts";
import { defaultThreads } from "../../threads.ts";
import { checkTensorFlow } from "../../training/backends/tensorflow/check.ts";
import { train } from "../../training/train.ts";
import { NODE_RANGE, VERSION } from "../../version.ts";
import { withFlags } from "../flags.ts";
import { type CommonOptions, printResult } from "../output.ts";

/** `pixscale doctor`: checks the installation. */
export function doctorCommand(): Command {
  return new Command("doctor").action(async (options: CommonOptions) => {
    const checks = [
      checkNode(),
      await checkEngine(),
      await checkDataset("mnist", false, ", checksums match"),
      await checkDataset("fashion-mnist", true),
      await checkImages(),
      await checkTfjsNode(),
    ];
    printResult(
      options,
      "doctor",
      { pixscale: VERSION, checks },
      () => `pixscale ${VERSION}\n${checkTable(checks)}`,
    );
    if (checks.some(({ ok, optional }) => !ok && !optional)) process.exitCode = 1;
  });
}

function checkNode(): Check {
  const detail = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`;
  const remedy = `install a Node version in ${NODE_RANGE}`;
  return { name: "node", ok: satisfies(process.versions.node, NODE_RANGE), optional: false, detail, remedy };
}

/** A short real run, so that "ok" means that it trains. */
async function checkEngine(): Promise<Check> {
  const threads = defaultThreads();
  return attempt("backend wasm", false, async () => {
    const dataset = await loadDataset("mnist-mini");
    const { epochs } = await train(dataset, {
      scaling: parseScaling("normalize"),
      axis: "global",
      epochs: 1,
      batchSize: 64,
      learningRate: 1e-3,
      seed: 0,
      shuffle: true,
      validationSplit: 0,
      limit: 640,
      limitTest: 64,
      backend: "wasm",
      threads,
    });
    const pace = epochs[0].milliseconds / epochs[0].steps;
    return `trains, ${threads} thread${threads === 1 ? "" : "s"}, ${pace.toFixed(1)} ms/step at first`;
  });
}

function checkDataset(name: string, optional: boolean, remark = ""): Promise<Check> {
  return attempt(`data ${name}`, optional, async () => {
    const { train, test } = await loadDataset(name);
    return `${thousands(train.count)} + ${thousands(test.count)} images${remark}`;
  });
}

function checkImages(): Promise<Check> {
  return attempt("folders of images", true, async () => {
    const { versions } = await loadSharp();
    return `sharp ${versions.sharp} loads`;
  });
}

async function checkTfjsNode(): Promise<Check> {
  const check = { name: "backend tensorflow", optional: true };
  const result = await checkTensorFlow();
  if ("detail" in result) return { ...check, ok: true, detail: result.detail, remedy: undefined };
  return { ...check, ok: false, detail: result.reason, remedy: withFlags(result.remedy) };
}

async function attempt(name: string, optional: boolean, action: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, optional, detail: await action(), remedy: undefined };
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    const detail = `${error.subject}: ${error.problem}`;
    return { name, ok: false, optional, detail: withFlags(detail), remedy: withFlags(error.remedy) };
  }
}
