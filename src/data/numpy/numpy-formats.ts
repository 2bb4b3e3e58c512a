import { createReadStream } from "node:fs";
import { basename, extname, join } from "node:path";
import { PixscaleError, setting } from "../../errors.ts";
import { listZip, readMember, type ZipMember } from "../../files/archives/zip.ts";
import { readBeginning } from "../../files/beginning.ts";
import { fileError } from "../../files/read.ts";
import type { NamedArray } from "../arrays/named-array.ts";
import { ARRAY_OPTIONS, openArrays } from "../arrays/open-arrays.ts";
import type { Format, Place } from "../format.ts";
import { npyArray } from "./npy.ts";

const NUMPY_FILE = /\.np[yz]$/i;

/** An .npz file: the arrays of a dataset under names such as Keras', or numbered. */
export const npzFormat: Format = {
  name: "npz",
  description: "an .npz file of arrays such as x_train, y_train, x_test and y_test",
  isFolder: false,
  options: ARRAY_OPTIONS,
  recognizes: ({ path }) => /\.npz$/i.test(path),
  open: async ({ path }, options) => openArrays(await npzArrays(path, ""), path, options),
};

/** One array in an .npy file: images without labels. */
export const npyFormat: Format = {
  name: "npy",
  description: "an .npy file of images",
  isFolder: false,
  options: ARRAY_OPTIONS,
  recognizes: ({ path }) => /\.npy$/i.test(path),
  open: async ({ path }, options) => openArrays([await npyFile(path)], path, options),
};

/** The arrays of a dataset in a file each, as `x_train.npy` or `kmnist-train-imgs.npz`. */
export const numpyFolderFormat: Format = {
  name: "npy",
  description: "a folder of .npy or .npz files such as x_train.npy, y_train.npy, x_test.npy and y_test.npy",
  isFolder: true,
  options: ARRAY_OPTIONS,
  recognizes: ({ files }) => files.some((name) => NUMPY_FILE.test(name)),
  open: async (place, options) => openArrays(await folderArrays(place), place.path, options),
};

/** The same if `npz` is asked for: a folder may have both. */
export const npzFolderFormat: Format = { ...numpyFolderFormat, name: "npz", recognizes: () => false };

async function folderArrays({ path, files }: Place): Promise<NamedArray[]> {
  const arrays: NamedArray[] = [];
  for (const name of files.filter((each) => NUMPY_FILE.test(each))) {
    const file = join(path, name);
    if (/\.npy$/i.test(name)) arrays.push(await npyFile(file));
    else arrays.push(...(await npzArrays(file, `${stem(name)}/`)));
  }
  if (arrays.length > 0) return arrays;
  throw new PixscaleError(path, "no .npy or .npz files", `choose another ${setting("format")}`);
}

async function npyFile(path: string): Promise<NamedArray> {
  await readBeginning(path);
  return npyArray(stem(path), path, async function* () {
    try {
      yield* createReadStream(path, { highWaterMark: 1 << 20 });
    } catch (error) {
      throw fileError(path, error);
    }
  });
}

/** @param prefix of the arrays' names */
async function npzArrays(path: string, prefix: string): Promise<NamedArray[]> {
  await readBeginning(path);
  const arrays: NamedArray[] = [];
  // One after the other, as thousands of members would be as many open files.
  for (const member of await listZip(path)) {
    if (member.name.endsWith(".npy")) arrays.push(await npzArray(path, prefix, member));
  }
  if (arrays.length > 0) return arrays;
  throw new PixscaleError(path, "no arrays", "save x_train, y_train, x_test and y_test with numpy.savez");
}

function npzArray(path: string, prefix: string, member: ZipMember): Promise<NamedArray> {
  const name = member.name.slice(0, -".npy".length);
  return npyArray(`${prefix}${name}`, `${path}/${member.name}`, () => readMember(member));
}

function stem(path: string): string {
  return basename(path, extname(path));
}
