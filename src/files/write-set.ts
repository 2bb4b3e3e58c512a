import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { checkChecksum, withChecksum } from "./checked-json.ts";
import { FILES, type FileLayer } from "./file-layer.ts";
import { readJsonSync } from "./json.ts";
import { isAlive } from "./processes.ts";
import { requireSchema } from "./schema.ts";
import { type Content, checkWritableFile, temporaryName, writeFiles, writerOf, writing } from "./write.ts";

/**
 * Files of a folder that are replaced as a set: all have their new content, or all their old one. The new files are written under
 * temporary names; the journal, which lists them, is written last and makes them count; then they are renamed. Whoever reads the folder
 * finishes the renames of a journal first.
 */
const JOURNAL = ".pixscale-save.json";

const FORMAT = "pixscale-save";
const schema = v.object({
  format: v.literal(FORMAT),
  version: v.literal(1),
  /** Temporary names and final ones. */
  files: v.array(v.tuple([name(), name()])),
});

/** A name within the folder. */
function name() {
  return v.pipe(v.string(), v.regex(/^[^/\\]+$/), v.notValue(".."));
}

/**
 * Writes files into a folder that exists, as a set.
 *
 * @param files content by name
 * @throws PixscaleError if one cannot be written; then the folder has its old files, or its new ones
 */
export function writeSet(
  folder: string,
  files: ReadonlyMap<string, Content>,
  layer: FileLayer = FILES,
): void {
  finishSet(folder, layer);
  for (const file of files.keys()) checkWritableFile(join(folder, file));
  removeLeftOvers(folder, layer);
  const pairs = [...files.keys()].map((file) => [temporaryName(file), file] as const);
  try {
    for (const [temporary, file] of pairs) {
      writing(join(folder, file), () =>
        layer.create(join(folder, temporary), files.get(file) ?? "", undefined),
      );
    }
    const journal = withChecksum({ format: FORMAT, version: 1, files: pairs });
    writeFiles(new Map([[join(folder, JOURNAL), JSON.stringify(journal)]]), layer);
  } catch (error) {
    // With a journal the new files count, whatever failed afterwards.
    if (!existsSync(join(folder, JOURNAL))) removeLeftOvers(folder, layer);
    throw error;
  }
  finishSet(folder, layer);
}

/**
 * Finishes a save that was interrupted after it began to count.
 *
 * @throws PixscaleError if the folder cannot be written, or the journal is damaged
 */
export function finishSet(folder: string, layer: FileLayer = FILES): void {
  const path = join(folder, JOURNAL);
  if (!existsSync(path)) return;
  const remedy = "save the run again";
  const document = checkChecksum(readJsonSync(path), path, remedy);
  const { files } = requireSchema(schema, document, { path, what: "the journal of a save", remedy });
  writing(folder, () => {
    for (const [temporary, file] of files) {
      if (existsSync(join(folder, temporary))) layer.rename(join(folder, temporary), join(folder, file));
    }
    layer.syncFolder(folder);
    layer.remove(path);
    layer.syncFolder(folder);
  });
}

/** Removes the temporary files of saves that ended before they counted: of this process, and of dead ones. */
function removeLeftOvers(folder: string, layer: FileLayer): void {
  for (const file of readdirSync(folder)) {
    const pid = writerOf(file);
    if (pid === process.pid || (pid !== undefined && !isAlive(pid))) layer.remove(join(folder, file));
  }
}
