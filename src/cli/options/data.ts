import { type Command, Option } from "commander";
import { COLORS, type DataOptions, FITS, FORMATS } from "../../data/format.ts";
import { DATASET_NAMES, DEFAULT_DATASET } from "../../data/named/datasets.ts";
import { UsageError } from "../../errors.ts";
import { choiceOption, integerOption, numberOption } from "./kinds.ts";

/** The options that say how to read a dataset. */
export type DataFlags = Omit<DataOptions, "observer">;

/** An image of this height and width has 3 · 2²⁶ values. */
const MAX_SIDE = 8192;

/**
 * Adds the argument that names the data, and the options that say how to read them.
 *
 * @param otherwise describes the default if it is not `DEFAULT_DATASET`
 */
export function addDataOptions(command: Command, otherwise?: string): Command {
  const description = `a dataset: ${DATASET_NAMES.join(", ")} or a path`;
  if (otherwise === undefined) command.argument("[data]", description, DEFAULT_DATASET);
  else command.argument("[data]", `${description} (default: ${otherwise})`);
  for (const option of [
    choiceOption("--format <name>", "dataset format, if it cannot be detected", FORMATS),
    sizeOption(),
    choiceOption("--fit <how>", "how to fit images with another aspect ratio", FITS),
    choiceOption("--color <kind>", "read images as rgb or gray", COLORS),
    numberOption("--test-split <fraction>", "fraction held out for testing (default: 0.2)", {
      above: 0,
      below: 1,
    }),
    integerOption("--split-seed <n>", "seed of that split (default: 0)", { least: 0 }),
    new Option("--strict", "fail on an image that cannot be decoded"),
  ]) {
    command.addOption(option.helpGroup("Reading data (all but --format only for folders of images):"));
  }
  return command;
}

/** The options that say how to read data, without all others; empty if there are none. */
export function dataOptions(options: DataFlags): DataFlags {
  const { format, size, fit, color, testSplit, splitSeed, strict } = options;
  const all = { format, size, fit, color, testSplit, splitSeed, strict };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function sizeOption(): Option {
  return new Option("--size <HxW>", "resize images, such as 32x32").argParser((text: string) => {
    const [, height, width] = /^(\d+)[x×](\d+)$/i.exec(text) ?? [];
    const size = { height: Number(height), width: Number(width) };
    if ([height, width].every((side) => Number(side) >= 1 && Number(side) <= MAX_SIDE)) return size;
    const problem = `must be a height and a width, each from 1 to ${MAX_SIDE} (got "${text}")`;
    throw new UsageError("--size", problem, "use a size such as 32x32");
  });
}
