import { type ArchiveFile, archiveFiles } from "../../files/archives/archive.ts";
import type { WrittenClass } from "../images/classed-splits.ts";
import { isImageName } from "../images/image-names.ts";

/** An image of a shard. */
export interface Sample {
  /** For errors, such as `train-000.tar/000.jpg`. */
  readonly path: string;
  /** Undefined if it has none. */
  readonly label: WrittenClass | undefined;
  read(): Promise<Uint8Array>;
}

/** Fields of a sample's JSON that give its class, if it has no .cls file. */
const JSON_FIELDS = ["cls", "label", "class"];

/**
 * The samples of a shard that have an image, in the order of the archive. What belongs to a sample has the same name up to the first dot
 * of its file name.
 *
 * @throws PixscaleError if the archive is damaged
 */
export async function readSamples(shard: string): Promise<readonly Sample[]> {
  const groups = new Map<string, ArchiveFile[]>();
  for (const file of await archiveFiles(shard)) {
    const key = /^((?:.*\/)?[^/.]+)\./.exec(file.name)?.[1];
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const samples: Sample[] = [];
  for (const files of groups.values()) {
    const image = files.find(({ name }) => isImageName(name));
    if (image === undefined) continue;
    samples.push({ path: `${shard}/${image.name}`, label: await labelOf(files), read: () => image.read() });
  }
  return samples;
}

async function labelOf(files: readonly ArchiveFile[]): Promise<WrittenClass | undefined> {
  const cls = files.find(({ name }) => /\.cls$/i.test(name));
  if (cls !== undefined) return toClass(await textOf(cls));
  const json = files.find(({ name }) => /\.json$/i.test(name));
  if (json === undefined) return undefined;
  try {
    const fields = JSON.parse(await textOf(json)) as Readonly<Record<string, unknown>> | null;
    const value = JSON_FIELDS.map((field) => fields?.[field]).find((each) => each !== undefined);
    return value === undefined || value === null ? undefined : toClass(String(value));
  } catch {
    return undefined;
  }
}

async function textOf(file: ArchiveFile): Promise<string> {
  return Buffer.from(await file.read())
    .toString("utf8")
    .trim();
}

function toClass(text: string): WrittenClass {
  return /^\d+$/.test(text) ? Number(text) : text;
}
