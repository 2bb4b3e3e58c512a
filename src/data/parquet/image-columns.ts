import { PixscaleError, setting } from "../../errors.ts";
import type { TableColumns } from "../images/labels.ts";
import { LABEL_COLUMNS } from "../images/labels.ts";
import type { ParquetColumn, ParquetFile } from "./parquet-file.ts";

/** The columns of a table of images. */
export interface ImageColumns {
  readonly image: ParquetColumn;
  /** Undefined if the images have no classes. */
  readonly label: ParquetColumn | undefined;
  /** What was chosen, for a note. */
  readonly note: string | undefined;
}

/** CIFAR-100's classes, beside their superclasses. */
const FINE_LABEL = "fine_label";

/**
 * Finds the column of images and that of classes.
 *
 * @throws PixscaleError if there is none of images, or there could be two
 */
export function imageColumns({ path, columns }: ParquetFile, options: TableColumns): ImageColumns {
  const images = columns.filter(({ kind }) => kind === "image");
  const image =
    options.imageColumn === undefined
      ? onlyOne(path, images, "imageColumn", "images")
      : named(path, columns, options.imageColumn);
  if (image === undefined || image.kind !== "image") {
    const problem = `no column of encoded images among ${columns.map(({ name, type }) => `${name} ${type}`).join(", ")}`;
    throw new PixscaleError(
      path,
      problem,
      "use a table with a column of images, such as Hugging Face's Image",
    );
  }
  return { image, ...labelColumn(path, columns, options) };
}

function labelColumn(
  path: string,
  columns: readonly ParquetColumn[],
  { labelColumn: wanted }: TableColumns,
): Pick<ImageColumns, "label" | "note"> {
  const possible = columns.filter(({ kind }) => kind === "integer" || kind === "text");
  if (wanted !== undefined) {
    const label = named(path, columns, wanted);
    if (possible.includes(label)) return { label, note: undefined };
    const problem = `column "${label.name}" is of type ${label.type}, which holds no classes`;
    throw new PixscaleError(path, problem, `choose another one with ${setting("labelColumn")}`);
  }
  const fine = possible.find(({ name }) => name === FINE_LABEL);
  if (fine !== undefined) {
    return {
      label: fine,
      note: `classes are ${FINE_LABEL}; ${setting("labelColumn")} chooses another column`,
    };
  }
  const classes = possible.filter(({ classNames }) => classNames !== undefined);
  const usual = possible.filter(({ name }) => LABEL_COLUMNS.includes(name.toLowerCase()));
  const label = onlyOne(path, classes.length > 0 ? classes : usual, "labelColumn", "classes");
  return { label, note: undefined };
}

function onlyOne(
  path: string,
  columns: readonly ParquetColumn[],
  name: "imageColumn" | "labelColumn",
  what: string,
): ParquetColumn | undefined {
  const [first, second] = columns;
  if (second === undefined) return first;
  const problem = `"${first.name}" and "${second.name}" could both be the column of ${what}`;
  throw new PixscaleError(path, problem, `choose one with ${setting(name)}`);
}

function named(path: string, columns: readonly ParquetColumn[], wanted: string): ParquetColumn {
  const found = columns.find(({ name }) => name === wanted) ?? columns[Number(wanted) - 1];
  if (found !== undefined) return found;
  const names = columns.map(({ name }) => name).join(", ");
  throw new PixscaleError(path, `no column "${wanted}"`, `use one of ${names}`);
}
