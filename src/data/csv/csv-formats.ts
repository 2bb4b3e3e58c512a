import { join } from "node:path";
import { PixscaleError } from "../../errors.ts";
import type { DataOptions, Format, Place, ReadOption } from "../format.ts";
import { type FolderSplit, splitOfFile } from "../images/split-names.ts";
import type { DataSource } from "../source.ts";
import { looksLikePixels, understandColumns } from "./columns.ts";
import { type ScannedTable, scanTable } from "./scan.ts";
import { readHead, type TableHead } from "./table-head.ts";
import { allRows, type Selection, splitsByColumn, tableSource } from "./table-splits.ts";

const TABLE_NAME = /\.(csv|tsv)(\.gz)?$/i;
const OPTIONS: readonly ReadOption[] = ["labelColumn", "shape", "testSplit", "splitSeed"];

/** A table with the pixels of one image in each row, as Kaggle has MNIST, Fashion-MNIST and FER-2013. */
const csvFile: Format = {
  name: "csv",
  description: "a .csv or .tsv file with the pixels of one image per row",
  isFolder: false,
  options: OPTIONS,
  recognizes: ({ path }) => TABLE_NAME.test(path),
  async open({ path }, options) {
    const table = await openTable(await readHead(path), options);
    tellNotes([table], options);
    const selections = table.columns.hasSplits ? splitsByColumn(table) : { train: allRows(table) };
    return tableSource(selections, path, options);
  },
};

/** A folder of such tables: `train.csv` and `test.csv`, or one that is split. */
const csvFolder: Format = {
  name: "csv",
  description: "a folder of such files, train.csv and test.csv",
  isFolder: true,
  options: OPTIONS,
  recognizes: async (place) => (await pixelTables(place)).length > 0,
  open: openFolder,
};

export const CSV_FORMATS: readonly Format[] = [csvFile, csvFolder];

async function openTable(head: TableHead, options: DataOptions): Promise<ScannedTable> {
  const columns = understandColumns(head, options);
  return scanTable(columns);
}

/** The tables in a folder whose rows look like images. */
async function pixelTables({ path, files }: Place): Promise<TableHead[]> {
  const heads: TableHead[] = [];
  for (const name of files.filter((file) => TABLE_NAME.test(file))) {
    // Of a table and the same gzipped, the plain one is read.
    if (/\.gz$/i.test(name) && files.includes(name.slice(0, -3))) continue;
    // A table without columns is no table of pixels.
    const head = await readHead(join(path, name)).catch((error: unknown) => {
      if (error instanceof PixscaleError) return undefined;
      throw error;
    });
    if (head !== undefined && looksLikePixels(head)) heads.push(head);
  }
  return heads;
}

async function openFolder(place: Place, options: DataOptions): Promise<DataSource> {
  const tables = await pixelTables(place);
  if (tables.length === 0) {
    throw new PixscaleError(place.path, "no table with the pixels of an image in each row", "choose a file");
  }
  const bySplit = new Map<FolderSplit, TableHead>();
  const others: TableHead[] = [];
  for (const head of tables) {
    const split = splitOfFile(nameIn(place, head));
    const twin = split && bySplit.get(split);
    if (twin !== undefined) {
      const problem = `both "${nameIn(place, twin)}" and "${nameIn(place, head)}" could be the ${split} images`;
      throw new PixscaleError(place.path, problem, "choose one of the files, or remove one");
    }
    if (split === undefined) others.push(head);
    else bySplit.set(split, head);
  }
  if (bySplit.size === 0 && others.length === 1) {
    tellOthers(place, [others[0]], options);
    return csvFile.open({ ...place, isFolder: false, path: others[0].path }, options);
  }
  if (!bySplit.has("train")) {
    const names = tables.map((head) => `"${nameIn(place, head)}"`).join(", ");
    const problem = `${names}, but none is named as the training images`;
    throw new PixscaleError(
      place.path,
      problem,
      "choose one of the files, or name them train.csv and test.csv",
    );
  }
  tellOthers(place, [...bySplit.values()], options);
  const selections: { [Name in FolderSplit]?: Selection } = {};
  const train = bySplit.get("train") as TableHead;
  for (const [split, head] of bySplit) {
    selections[split] = allRows(
      await openTable(head, lacksLabels(head, train) ? withoutColumn(options) : options),
    );
  }
  tellNotes(
    Object.values(selections).map(({ table }) => table),
    options,
  );
  return tableSource(selections, place.path, options);
}

/** Each note once, though tables of several splits have the same columns. */
function tellNotes(tables: readonly ScannedTable[], { observer }: DataOptions): void {
  for (const note of new Set(tables.flatMap(({ columns }) => columns.notes))) observer?.onNote?.(note);
}

/** Whether a table has all columns of the training table but one, as Kaggle's test tables lack that of the classes. */
function lacksLabels(head: TableHead, train: TableHead): boolean {
  return head.first.length === train.first.length - 1;
}

function withoutColumn({ labelColumn: _, ...options }: DataOptions): DataOptions {
  return options;
}

function nameIn({ path }: Place, head: TableHead): string {
  return head.path.slice(path.length).replace(/^[/\\]/, "");
}

/** Names what else is in the folder. */
function tellOthers(place: Place, read: readonly TableHead[], { observer }: DataOptions): void {
  const names = read.map((head) => nameIn(place, head));
  const others = [...place.files, ...place.folders.map((folder) => `${folder}/`)].filter(
    (name) => !names.includes(name),
  );
  if (others.length === 0) return;
  const listed = others.length > 3 ? [...others.slice(0, 3), "…"] : others;
  observer?.onNote?.(`${others.length} file${others.length === 1 ? "" : "s"} ignored: ${listed.join(", ")}`);
}
