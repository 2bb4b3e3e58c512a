import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { archiveFiles } from "../../files/archives/archive.ts";
import type { DataOptions, Format, Place, ReadOption } from "../format.ts";
import { type ClassedSplit, toImageSet } from "../images/classed-splits.ts";
import type { ImageSet } from "../images/image-files.ts";
import { isImageName } from "../images/image-names.ts";
import { PIXEL_OPTIONS } from "../images/image-options.ts";
import { findingImages } from "../images/open-images.ts";
import { splitOfFile } from "../images/split-names.ts";
import { readSamples, type Sample } from "./samples.ts";

const TAR = /\.(tar|tar\.gz|tgz)$/i;

const OPTIONS = [
  ...PIXEL_OPTIONS,
  "testSplit",
  "splitSeed",
  "strict",
] as const satisfies readonly ReadOption[];

const common = {
  name: "webdataset",
  options: OPTIONS,
  ...findingImages(findImages),
} as const;

/** Shards of WebDataset: tar files in which an image and its class have one name, `000.jpg` and `000.cls`. */
export const WEBDATASET_FORMATS: readonly Format[] = [
  {
    ...common,
    description: "a .tar file of WebDataset",
    isFolder: false,
    recognizes: ({ path }) => isShard(path),
  },
  {
    ...common,
    description: "a folder of WebDataset's .tar files",
    isFolder: true,
    recognizes: async (place) => {
      const [first] = shardsOf(place);
      return first !== undefined && (await isShard(first));
    },
  },
];

/** Whether a tar file has the class of an image beside it. */
async function isShard(path: string): Promise<boolean> {
  if (!TAR.test(path)) return false;
  const names = new Set((await archiveFiles(path)).map(({ name }) => name));
  return [...names].some((name) => {
    if (!isImageName(name)) return false;
    const key = name.replace(/\.[^/]*$/, "");
    return names.has(`${key}.cls`) || names.has(`${key}.json`);
  });
}

function shardsOf({ path, files }: Place): string[] {
  return files.filter((name) => TAR.test(name)).map((name) => join(path, name));
}

async function findImages(place: Place, options: DataOptions): Promise<ImageSet> {
  const { path } = place;
  const shards = place.isFolder ? shardsOf(place) : [path];
  if (shards.length === 0)
    throw new PixscaleError(path, "no .tar files", "add them, or choose another folder");
  const splits: ClassedSplit[] = [];
  for (const name of ["train", "validation", "test"] as const) {
    const own = shards.filter(
      (shard) => !place.isFolder || (splitOfFile(shard.slice(path.length)) ?? "train") === name,
    );
    // A file that is opened alone is trained on, whatever its name says.
    if (own.length === 0 || (!place.isFolder && name !== "train")) continue;
    const samples = (await Promise.all(own.map((shard) => readSamples(shard)))).flat();
    splits.push({
      name,
      count: samples.length,
      classes: samples.every(({ label }) => label === undefined) ? undefined : samples.map(classOf),
      async *images(labelOf) {
        for (const [i, { path: image, read }] of samples.entries()) {
          yield { path: image, label: labelOf(i), content: await read() };
        }
      },
    });
  }
  if (splits[0]?.name !== "train") {
    throw new PixscaleError(path, "no training images", "name one of the files");
  }
  return toImageSet(splits, undefined, ".cls files", path, options);
}

function classOf({ path, label }: Sample): number | string {
  if (label !== undefined) return label;
  throw new PixscaleError(path, "an image without a class, beside others with one", "correct or remove it");
}
