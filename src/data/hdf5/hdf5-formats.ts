import { basename, extname, join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import { readBeginning } from "../../files/beginning.ts";
import type { NamedArray } from "../arrays/named-array.ts";
import { ARRAY_OPTIONS, openArrays } from "../arrays/open-arrays.ts";
import type { Format } from "../format.ts";
import { isHdf5Mat, matArrays } from "../matlab/mat5.ts";
import { hdf5Arrays } from "./hdf5-arrays.ts";

const HDF5_FILE = /\.(h5|hdf5|he5)$/i;
const MAT_FILE = /\.mat$/i;
/** SVHN's files, in which label 10 means 0. */
const SVHN_FILE = /^(train|test|extra)_32x32\.mat$/i;
/** Further images of SVHN that belong to no split. */
const SVHN_EXTRA = "extra_32x32.mat";

/** One file of arrays, or one for each split, as `train_catvnoncat.h5` and `test_catvnoncat.h5`. */
function arrayFiles(
  name: "hdf5" | "mat",
  pattern: RegExp,
  what: string,
  arraysOf: (path: string, prefix: string) => Promise<NamedArray[]>,
): readonly Format[] {
  const common = { name, options: ARRAY_OPTIONS } as const;
  const file: Format = {
    ...common,
    description: `a ${what}`,
    isFolder: false,
    recognizes: ({ path }) => pattern.test(path),
    open: async ({ path }, options) =>
      openArrays(await arraysOf(path, ""), path, options, SVHN_FILE.test(basename(path))),
  };
  const folder: Format = {
    ...common,
    description: `a folder of ${what}s, one for each split`,
    isFolder: true,
    recognizes: ({ files }) => files.some((each) => pattern.test(each)),
    async open({ path, files }, options) {
      const found = files.filter((each) => pattern.test(each));
      if (found.length === 0)
        throw new PixscaleError(path, `no ${what}s`, "add them, or choose another folder");
      const read = found.filter((each) => each.toLowerCase() !== SVHN_EXTRA || found.length === 1);
      if (read.length < found.length) options.observer?.onNote?.(`${SVHN_EXTRA} is ignored`);
      const arrays = await Promise.all(read.map((each) => arraysOf(join(path, each), `${stem(each)}/`)));
      return openArrays(
        arrays.flat(),
        path,
        options,
        read.every((each) => SVHN_FILE.test(each)),
      );
    },
  };
  return [file, folder];
}

function stem(name: string): string {
  return basename(name, extname(name));
}

export const HDF5_FORMATS = arrayFiles("hdf5", HDF5_FILE, "HDF5 file", hdf5Arrays);

/** Of version 5, or of version 7.3, which is HDF5. */
export const MAT_FORMATS = arrayFiles("mat", MAT_FILE, "MAT-file", async (path, prefix) => {
  return isHdf5Mat(await readBeginning(path)) ? hdf5Arrays(path, prefix, true) : matArrays(path, prefix);
});
