import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import type { Format, Place } from "../format.ts";
import { splitOfFile } from "../images/split-names.ts";
import { looksLikePixels } from "./columns.ts";
import { openTables, TABLE_OPTIONS } from "./open-tables.ts";
import { readHead } from "./table-head.ts";

const TABLE_FILE = /\.(csv|tsv)(\.gz)?$/i;

/** A table of pixels: CSV or TSV, perhaps gzipped. */
const csvFile: Format = {
  name: "csv",
  description: "a .csv file of pixels",
  isFolder: false,
  options: TABLE_OPTIONS,
  recognizes: ({ path }) => TABLE_FILE.test(path),
  open: ({ path }, options) => openTables(path, undefined, path, options),
};

/** A table for each split, such as `train.csv` and `test.csv`. */
const csvFolder: Format = {
  name: "csv",
  description: "a folder of train.csv and test.csv with pixels",
  isFolder: true,
  options: TABLE_OPTIONS,
  async recognizes(place) {
    const [table] = tablesOf(place);
    return table !== undefined && looksLikePixels(await readHead(join(place.path, table)));
  },
  async open(place, options) {
    const tables = tablesOf(place);
    const of = (split: "train" | "test") => {
      const [one, other] = tables.filter((name) => splitOfFile(name) === split);
      if (other === undefined) return one;
      const problem = `both "${one}" and "${other}" could be the ${split} images`;
      throw new PixscaleError(place.path, problem, "name one of the files, or move the other away");
    };
    const train = of("train") ?? (tables.length === 1 ? tables[0] : undefined);
    if (train === undefined) {
      const problem = `no table of training images among ${tables.join(", ") || "its files"}`;
      throw new PixscaleError(place.path, problem, "name it train.csv, or name one of the files");
    }
    const test = of("test");
    const at = (name: string) => join(place.path, name);
    return openTables(
      at(train),
      test === undefined || test === train ? undefined : at(test),
      place.path,
      options,
    );
  },
};

export const CSV_FORMATS: readonly Format[] = [csvFile, csvFolder];

/** Of a table and the same gzipped, the plain one is read. */
function tablesOf({ files }: Place): readonly string[] {
  return files.filter(
    (name) =>
      (TABLE_FILE.test(name) && !files.includes(name.replace(/\.gz$/i, ""))) || /\.(csv|tsv)$/i.test(name),
  );
}
