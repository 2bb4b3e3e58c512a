import { realpathSync, statSync } from "node:fs";
import { extname, sep } from "node:path";
import { type Command, Option } from "commander";
import type { Dataset } from "../data/dataset.ts";
import { COLORS, type DataOptions, FITS, FORMATS, type ReadObserver } from "../data/format.ts";
import { formatOf, loadDataset } from "../data/load.ts";
import { DATASET_NAMES, DEFAULT_DATASET } from "../data/named/datasets.ts";
import { PixscaleError, UsageError } from "../errors.ts";
import { checkWritableFile } from "../files/write.ts";
import { thousands } from "../output/format.ts";
import { imageProgress } from "../output/progress.ts";
import { choiceOption, integerOption, numberOption } from "./options/kinds.ts";
import { type CommonOptions, tell } from "./output.ts";

/** What `dataOptions` adds to a command's options. */
export type DataFlags = Omit<DataOptions, "observer">;

/** The flags that only say how images are read from files of their own. */
const IMAGE_FLAGS: Readonly<Partial<Record<keyof DataFlags, string>>> = {
  size: "--size",
  fit: "--fit",
  color: "--color",
  testSplit: "--test-split",
  splitSeed: "--split-seed",
  strict: "--strict",
};

/**
 * Adds the argument that names the data, and the options that say how to read them.
 *
 * @param otherwise what is taken where no data are named, if not `DEFAULT_DATASET`
 */
export function addData(command: Command, otherwise?: string): Command {
  const description = "a known dataset, or the path of one";
  if (otherwise === undefined) command.argument("[data]", description, DEFAULT_DATASET);
  else command.argument("[data]", `${description} (default: ${otherwise})`);
  for (const option of [
    choiceOption("--format <name>", "how the data are kept, if the path does not tell", FORMATS),
    sizeOption(),
    choiceOption("--fit <how>", "what --size does to other proportions", FITS),
    choiceOption("--color <kind>", "what images are read as", COLORS),
    numberOption("--test-split <part>", "part of the images to test on (default: 0.2)", {
      above: 0,
      below: 1,
    }),
    integerOption("--split-seed <n>", "draws that part (default: 0)", { least: 0 }),
    new Option("--strict", "an image that cannot be decoded is an error"),
  ]) {
    command.addOption(option.helpGroup("Reading data (all but --format are for folders of images):"));
  }
  return command;
}

/**
 * Loads a dataset as the options say, with progress and a warning for each image that is skipped.
 *
 * @throws what `loadDataset` does; UsageError if an option does not go with the data
 */
export async function readDataset(data: string, options: CommonOptions & DataFlags): Promise<Dataset> {
  await isImageFolder(data, options);
  return withReadObserver(options, (observer) => loadDataset(data, { ...dataOptions(options), observer }));
}

/**
 * Checks that a file can be written and is none of the data that are read.
 *
 * @throws PixscaleError naming the file
 */
export function checkTarget(path: string, data: readonly string[]): void {
  checkWritableFile(path);
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) return;
  for (const place of data.filter((each) => !DATASET_NAMES.includes(each))) {
    const read = statSync(place, { throwIfNoEntry: false });
    if (read?.dev === target.dev && read.ino === target.ino) {
      throw new PixscaleError(path, "is what is read", "give another name");
    }
    // A scaler or a part may lie among the data, as no format has JSON files.
    if (
      read?.isDirectory() &&
      realpathSync(path).startsWith(realpathSync(place) + sep) &&
      extname(path) !== ".json"
    ) {
      throw new PixscaleError(path, "is there already, among the data that are read", "give another name");
    }
  }
}

/** The options that say how data are read, without all others; empty if there are none. */
export function dataOptions(options: DataFlags): DataFlags {
  const { format, size, fit, color, testSplit, splitSeed, strict } = options;
  const all = { format, size, fit, color, testSplit, splitSeed, strict };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/**
 * Whether the data are images in files of their own.
 *
 * @throws what `formatOf` does; UsageError if they are not, but an option is for such
 */
export async function isImageFolder(data: string, options: DataFlags): Promise<boolean> {
  const format = await formatOf(data, dataOptions(options));
  if (format?.name === "images") return true;
  for (const [key, flag] of Object.entries(IMAGE_FLAGS)) {
    if (options[key as keyof DataFlags] === undefined) continue;
    throw new UsageError(flag, `${data} is not a folder of images`, "leave it out");
  }
  return false;
}

/** Runs what reads images, with a progress bar on a terminal and the names of images that are skipped. */
export async function withReadObserver<T>(
  options: CommonOptions,
  read: (observer: ReadObserver) => Promise<T>,
): Promise<T> {
  const progress = options.quiet ? undefined : imageProgress(process.stderr);
  const skipped: string[] = [];
  try {
    return await read({
      onImages: (done, total) => progress?.update(done, total),
      onSkipped: (path, reason) => skipped.push(`${path}: cannot be decoded (${reason})`),
    });
  } finally {
    progress?.stop();
    for (const line of skipped) tell(options, `warning: ${line}; skipped`);
    if (skipped.length > 0) {
      tell(options, `warning: ${thousands(skipped.length)} image${skipped.length === 1 ? "" : "s"} skipped`);
    }
  }
}

/** An image of this height and width has 3 · 2²⁶ values. */
const MAX_SIDE = 8192;

function sizeOption(): Option {
  const flags = "--size <HxW>";
  return new Option(flags, "what images are resized to, such as 32x32").argParser((text: string) => {
    const [, height, width] = /^(\d+)[x×](\d+)$/i.exec(text) ?? [];
    const size = { height: Number(height), width: Number(width) };
    if ([height, width].every((side) => Number(side) >= 1 && Number(side) <= MAX_SIDE)) return size;
    const remedy = `give both, from 1 to ${MAX_SIDE}, such as 32x32`;
    throw new UsageError("--size", `"${text}" is not a height and a width`, remedy);
  });
}
