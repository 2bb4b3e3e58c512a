import { DamagedImage } from "../../data/images/damage.ts";
import { ImageDecoder, type ImageKind, imageKind } from "../../data/images/image-decoder.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { type SentError, toSent } from "../../sent-error.ts";
import { sumImage } from "../sample/image-sums.ts";
import type { ImageSample } from "../sample/sample-images.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

/** The program of a `CountingProcess`: decodes images and counts their pixels, as ordered. */

export type CountOrder =
  | { readonly kind: "look"; readonly file: ImageFile; readonly reading: ImageOptions }
  | { readonly kind: "begin"; readonly tally: TallyKind; readonly reading: ImageOptions }
  | { readonly kind: "count"; readonly files: readonly ImageFile[] }
  | { readonly kind: "sum"; readonly files: readonly ImageFile[] }
  | { readonly kind: "tally" };

/** An image that cannot be decoded: a `DamagedImage`, sent between processes. */
export type Skipped = Pick<DamagedImage, "path" | "reason">;

export interface CountResult {
  /** Of `look`, unless the image is damaged. */
  readonly found?: ImageKind;
  /** Of `count`, and of `look` if the image is damaged. */
  readonly skipped?: readonly Skipped[];
  /** Of `sum`: one per file. */
  readonly sums?: readonly (ImageSample | Skipped)[];
  /** Of `tally`: the counts since the last one, as JSON. */
  readonly tally?: unknown;
}

export type CountReply =
  | { readonly id: number; readonly result: CountResult; readonly error?: undefined }
  | { readonly id: number; readonly result?: undefined; readonly error: SentError };

/** Set up by `begin`. */
interface Work {
  readonly kind: TallyKind;
  readonly decoder: ImageDecoder;
  tally: SplitTally;
}

let work: Work | undefined;

// No one needs the results any more. `process.exit` would wait for files that are being read.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
process.on("message", ({ id, order }: { id: number; order: CountOrder }) => {
  // A failure to send needs no handling: the parent has disconnected.
  const send = (reply: CountReply) => process.send?.(reply, undefined, undefined, () => {});
  obey(order).then(
    (result) => send({ id, result }),
    (error: unknown) => send({ id, error: toSent(error) }),
  );
});

async function obey(order: CountOrder): Promise<CountResult> {
  if (order.kind === "look") {
    const found = await imageKind(order.file, order.reading);
    return found instanceof DamagedImage ? { skipped: [found] } : { found };
  }
  if (order.kind === "begin") {
    const { tally: kind, reading } = order;
    work = { kind, decoder: new ImageDecoder(reading), tally: new SplitTally(kind) };
    return {};
  }
  if (work === undefined) throw new Error("counting has not begun");
  if (order.kind === "sum") return { sums: await sum(work, order.files) };
  if (order.kind === "count") return { skipped: await count(work, order.files) };
  const tally = work.tally.toJSON();
  work.tally = new SplitTally(work.kind);
  return { tally };
}

async function count({ decoder, tally }: Work, files: readonly ImageFile[]): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  for (const file of files) {
    const found = await decoder.decode(file);
    if (found instanceof DamagedImage) {
      skipped.push(found);
      tally.skipped++;
    } else {
      tally.add(found, file.label);
    }
  }
  return skipped;
}

async function sum({ decoder, kind }: Work, files: readonly ImageFile[]): Promise<(ImageSample | Skipped)[]> {
  const sums: (ImageSample | Skipped)[] = [];
  for (const file of files) {
    const found = await decoder.decode(file);
    if (found instanceof DamagedImage) {
      sums.push({ path: found.path, reason: found.reason });
      continue;
    }
    const { height, width, turned, values, ignored } = found;
    const size = { height, width, turned };
    sums.push({ sums: sumImage(values, kind.channels, kind.weight), size, ignored });
  }
  return sums;
}
