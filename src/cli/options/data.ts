import { type Command, Option } from "commander";
import { type DataOptions, FORMATS, type ReadOption } from "../../data/format.ts";
import {
  ALPHAS,
  COLORS,
  DEPTHS,
  EXIF,
  FITS,
  ICC,
  INTERPOLATIONS,
  LABEL_SOURCES,
  LAYOUTS,
  PIPELINES,
  PIXEL_OPTIONS,
} from "../../data/images/image-options.ts";
import { DATASET_NAMES, DEFAULT_DATASET } from "../../data/named/names.ts";
import { UsageError } from "../../errors.ts";
import { choiceOption, integerOption, numberOption, oneOf, pathOption } from "./kinds.ts";
import { READING_GROUP } from "./reading-group.ts";

/** The options that say how to read a dataset. */
export type DataFlags = Omit<DataOptions, "observer">;

/** Options that apply to folders of images. */
export const IMAGE_OPTIONS = [
  ...PIXEL_OPTIONS,
  "layout",
  "labels",
  "imageColumn",
  "labelColumn",
  "labelFrom",
  "testSplit",
  "splitSeed",
  "maxPixels",
  "strict",
] as const satisfies readonly (keyof DataFlags)[];

/** Options that only apply to images that are resized. */
export const RESIZE_OPTIONS = ["fit", "interpolation", "antialias"] as const;

/** Options that some formats take and others do not. */
export const READ_OPTIONS = [
  "shape",
  "channels",
  "transpose",
  ...IMAGE_OPTIONS,
] as const satisfies readonly ReadOption[];

const DATA_OPTIONS = ["format", ...READ_OPTIONS] as const;

/** An image of this height and width has 3 · 2²⁶ values. */
const MAX_SIDE = 8192;
const MAX_CHANNELS = 1024;

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
    shapeOption(),
    integerOption("--channels <n>", "channels of the images in an array, if not 1, 3 or 4"),
    new Option("--transpose", "turn rows of images in IDX files into columns (default: for EMNIST)"),
    new Option("--no-transpose", "leave them as they are stored"),
    choiceOption(
      "--like <pipeline>",
      "whose decoding and resizing to reproduce (default: torchvision)",
      PIPELINES,
    ),
    sizeOption(),
    choiceOption("--fit <how>", "stretch, crop or pad images of another aspect ratio", FITS),
    choiceOption("--interpolation <kind>", "filter to resize with", INTERPOLATIONS),
    new Option("--antialias", "average over all pixels under the filter when shrinking"),
    new Option("--no-antialias", "look only at the pixels nearest to each new one"),
    colorOption("--color-mode <kind>"),
    colorOption("--color <kind>").hideHelp(),
    depthOption(),
    choiceOption("--icc <how>", "whether to convert colour profiles to sRGB", ICC),
    choiceOption("--exif <how>", "whether to turn images as their EXIF orientation says", EXIF),
    choiceOption("--alpha <how>", "drop transparency, or lay images over a colour", ALPHAS),
    choiceOption("--layout <kind>", "how to read a folder or array that could be read in two ways", LAYOUTS),
    pathOption("--labels <file>", "table of the images' classes: CSV, TSV or text"),
    columnOption("--image-column", "column of the images in a table"),
    columnOption("--label-column", "column of the classes in a table of images, pixels or labels"),
    choiceOption("--label-from <where>", "take classes from file names such as cat.0.jpg", LABEL_SOURCES),
    numberOption("--test-split <fraction>", "fraction held out for testing (default: 0.2)", {
      least: 0,
      below: 1,
    }),
    integerOption("--split-seed <n>", "seed of that split (default: 0)", { least: 0 }),
    new Option("--no-cache", "keep no decoded images on disk for the next command"),
    memoryOption(),
    integerOption("--max-pixels <n>", "refuse images of more pixels (default: 100 million)"),
    new Option("--strict", "fail on images that cannot be decoded, and on files that are ignored"),
  ]) {
    command.addOption(option.helpGroup(READING_GROUP));
  }
  return command;
}

/** The options that say how to read data, without all others; empty if there are none. */
export function dataOptions(options: DataFlags): DataFlags {
  const given = DATA_OPTIONS.map((name) => [name, options[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** `--color` is the flag's former name, which is too like `--no-color`. */
function colorOption(flags: string): Option {
  const option = choiceOption(flags, "read images as rgb or gray", COLORS);
  option.attributeName = () => "color";
  return option;
}

function depthOption(): Option {
  const description = `bits per value (${DEPTHS.join(", ")})`;
  return new Option("--depth <bits>", description).argParser((text: string) =>
    Number(oneOf("--depth", text, DEPTHS.map(String))),
  );
}

function memoryOption(): Option {
  const units = { MB: 1e6, GB: 1e9 } as const;
  const description = "pixels to hold in memory, such as 2GB; larger data stay on disk (default: a quarter)";
  return new Option("--max-memory <size>", description).argParser((text: string) => {
    const [, number, unit] = /^(\d+(?:\.\d+)?) ?(MB|GB)$/i.exec(text) ?? [];
    if (unit !== undefined) return Number(number) * units[unit.toUpperCase() as keyof typeof units];
    throw new UsageError(
      "--max-memory",
      `must be a number of MB or GB (got "${text}")`,
      "use a size such as 2GB",
    );
  });
}

function columnOption(flag: string, description: string): Option {
  return new Option(`${flag} <name>`, `${description}, or its number`).argParser((text: string) => {
    if (text.trim() !== "") return text;
    throw new UsageError(flag, "the name is empty", "name a column, or give its number from 1");
  });
}

function shapeOption(): Option {
  const description = "shape of the images, such as 28x28 or 32x32x3, if it is not certain";
  return new Option("--shape <HxWxC>", description).argParser((text: string) => {
    const [height, width, channels = 1] = /^(\d+)[x×](\d+)(?:[x×](\d+))?$/i
      .exec(text)
      ?.slice(1)
      .filter((side) => side !== undefined)
      .map(Number) ?? [0, 0];
    const isShape = [height, width].every((side) => side >= 1 && side <= MAX_SIDE);
    if (isShape && channels >= 1 && channels <= MAX_CHANNELS) return { height, width, channels };
    const problem = `must be a height, a width and perhaps channels (got "${text}")`;
    throw new UsageError("--shape", problem, "use a shape such as 28x28 or 32x32x3");
  });
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
