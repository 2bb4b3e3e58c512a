import type { Dataset } from "../data/dataset.ts";
import type { ReadObserver, ReadOption } from "../data/format.ts";
import { ARRAY_LAYOUTS } from "../data/images/image-options.ts";
import { inspect, type Source } from "../data/load.ts";
import { setting, UsageError } from "../errors.ts";
import { imageProgress } from "../output/image-progress.ts";
import { type DataFlags, dataOptions, IMAGE_OPTIONS, READ_OPTIONS, RESIZE_OPTIONS } from "./options/data.ts";
import { type CommonOptions, tell, warn, warnOfSkipped } from "./output.ts";

/** Finds and loads a dataset. @throws as `findData` and `loadData` do */
export async function readDataset(data: string, options: CommonOptions & DataFlags): Promise<Dataset> {
  return loadData(await findData(data, options), options);
}

/**
 * Finds a dataset.
 *
 * @throws what `inspect` throws; UsageError if an option does not apply to the data
 */
export async function findData(data: string, options: DataFlags): Promise<Source> {
  const source = await inspect(data, dataOptions(options));
  const taken = source.options ?? (source.findImages ? IMAGE_OPTIONS : []);
  const wrong = READ_OPTIONS.find(
    (name) => options[name] !== undefined && !taken.some((each) => each === name),
  );
  const resizing = RESIZE_OPTIONS.find((name) => options[name] !== undefined);
  if (resizing !== undefined && options.size === undefined) {
    throw new UsageError(setting(resizing), "says how images are resized", `choose a ${setting("size")} too`);
  }
  if (wrong === undefined) return source;
  const use = useOf(wrong, options);
  const isImageOption = use === undefined && source.options === undefined;
  const what = source.format === undefined ? "is a known dataset" : `has the format ${source.format}`;
  const problem = isImageOption
    ? `"${data}" is not a folder of images`
    : `is for ${use ?? "images in files"}, and "${data}" ${what}`;
  throw new UsageError(setting(wrong), problem, "leave the option out");
}

/** What an option is for; undefined if it is for images in files. */
function useOf(option: ReadOption, { layout }: DataFlags): string | undefined {
  if (option === "layout") return ARRAY_LAYOUTS.some((each) => each === layout) ? "arrays" : undefined;
  return { shape: "rows of pixels in arrays and tables", channels: "arrays", transpose: "IDX files" }[
    option as string
  ];
}

/** Opens a dataset as the options say, with progress and a warning for each skipped image. @throws as `Source.open` does */
export function loadData(source: Source, options: CommonOptions & DataFlags): Promise<Dataset> {
  const { cache, maxMemory } = options;
  const where = { ...(cache !== undefined && { cache }), ...(maxMemory !== undefined && { maxMemory }) };
  return withReadObserver(options, (observer) =>
    source.open({ ...dataOptions(options), ...where, observer }),
  );
}

/** Runs a reader of images, with a progress bar on a terminal and a warning for each skipped image. */
export async function withReadObserver<T>(
  options: CommonOptions & DataFlags,
  read: (observer: ReadObserver) => Promise<T>,
): Promise<T> {
  const progress = options.quiet ? undefined : await imageProgress(process.stderr);
  const skipped: string[] = [];
  try {
    return await read({
      onImages: (done, total) => progress?.update(done, total),
      onNote: (note) => tell(options, note),
      onSkipped: (path, reason) => skipped.push(`${path}: cannot be decoded (${reason})`),
    });
  } finally {
    progress?.stop();
    skipped.sort();
    if (options.strict) for (const line of skipped) warn(options, line);
    else if (skipped.length > 0) warnOfSkipped(options, skipped);
  }
}
