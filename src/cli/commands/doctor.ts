import { availableParallelism } from "node:os";
import chalk from "chalk";
import { Command } from "commander";
import { loadSharp } from "../../data/images/image-decoder.ts";
import { loadDataset } from "../../data/load.ts";
import { defaultThreads } from "../../engine/engine.ts";
import { PixscaleError } from "../../errors.ts";
import { thousands } from "../../output/format.ts";
import { table } from "../../output/table.ts";
import { checkTensorFlow } from "../../training/backends/tensorflow/check.ts";
import { train } from "../../training/train.ts";
import { VERSION } from "../../version.ts";
import { type CommonOptions, printResult } from "../output.ts";

/** One thing that was looked at. What is not needed for the default work is optional. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly optional: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

/** `pixscale doctor`: what is installed, what works, and what to do about the rest. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("what is installed, which backends load and why not, with the fix")
    .action(async (options: CommonOptions) => {
      const checks = [
        checkNode(),
        await checkEngine(),
        await checkDataset("mnist", false, ", checksums match"),
        await checkDataset("fashion-mnist", true),
        await checkImages(),
        await checkTfjsNode(),
      ];
      printResult(options, { version: VERSION, checks }, () => describe(checks));
      if (checks.some(({ ok, optional }) => !ok && !optional)) process.exitCode = 1;
    });
}

function checkNode(): Check {
  const [major] = process.versions.node.split(".").map(Number);
  const detail = `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores`;
  return { name: "node", ok: major >= 20, optional: false, detail, remedy: "install Node 20 or newer" };
}

/** A short real run, so that "works" means that it trains. */
async function checkEngine(): Promise<Check> {
  const threads = defaultThreads();
  return attempt("backend wasm", false, async () => {
    const dataset = await loadDataset("mnist-mini");
    const { epochs } = await train(dataset, {
      scaling: [{ kind: "normalize", factor: 1 / 255 }],
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
  return { ...check, ok: false, detail: result.reason, remedy: result.remedy };
}

async function attempt(name: string, optional: boolean, action: () => Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, optional, detail: await action(), remedy: undefined };
  } catch (error) {
    if (!(error instanceof PixscaleError)) throw error;
    const [problem, remedy] = error.message.split("; ");
    return { name, ok: false, optional, detail: problem, remedy };
  }
}

function describe(checks: readonly Check[]): string {
  const rows = checks.map(({ name, ok, optional, detail, remedy }) => [
    name,
    ok ? chalk.green("ok") : optional ? chalk.yellow("missing, optional") : chalk.red("not ok"),
    ok || remedy === undefined ? detail : `${detail}\n${remedy}`,
  ]);
  return `pixscale ${VERSION}\n${table(["what", "state", "found"], rows, 3)}`;
}
