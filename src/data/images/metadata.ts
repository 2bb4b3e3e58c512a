import { basename, join } from "node:path";
import { setting } from "../../errors.ts";
import type { FolderEntries } from "../../files/folder-entries.ts";
import { isMetadata } from "./image-names.ts";
import { type Labeller, labelsFromMetadata, type TableColumns } from "./labels.ts";

/** The tables `metadata.csv` or `metadata.jsonl` beside images or above them, as Hugging Face's ImageFolder reads them. */
export class MetadataTables {
  readonly #columns: TableColumns;
  /** By path; undefined for those without classes. */
  readonly #tables = new Map<string, Labeller | undefined>();

  constructor(columns: TableColumns) {
    this.#columns = columns;
  }

  /**
   * The labels in the first table that these folders have.
   *
   * @throws PixscaleError if it is damaged or lacks a column that was asked for
   */
  async in(folders: readonly FolderEntries[]): Promise<Labeller | undefined> {
    for (const { path, files } of folders) {
      const name = files.find(isMetadata);
      if (name === undefined) continue;
      const table = join(path, name);
      if (!this.#tables.has(table)) {
        this.#tables.set(table, await labelsFromMetadata(table, this.#columns));
      }
      return this.#tables.get(table);
    }
    return undefined;
  }

  /** The tables that were read. */
  paths(): string[] {
    return [...this.#tables.keys()];
  }

  notes(): string[] {
    return [...this.#tables].map(([path, labeller]) =>
      labeller === undefined
        ? `${basename(path)} has no column of classes; ${setting("labelColumn")} names one`
        : `classes from ${basename(path)}`,
    );
  }

  /** What was not used of the tables, one line each. */
  leftOver(): string[] {
    return [...this.#tables.values()].flatMap((labeller) => labeller?.leftOver() ?? []);
  }
}
