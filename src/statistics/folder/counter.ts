import { DamagedImage } from "../../data/images/damage.ts";
import { type DecodedImage, ImageDecoder } from "../../data/images/image-decoder.ts";
import type { ImageFile } from "../../data/images/image-files.ts";
import type { ImageOptions } from "../../data/images/image-options.ts";
import { ImageReader } from "../../data/images/image-reader.ts";
import { sumImage } from "../sample/image-sums.ts";
import type { ImageSample } from "../sample/sample-images.ts";
import { SplitTally, type TallyKind } from "./split-tally.ts";

/** An image that cannot be decoded: a `DamagedImage`, sent between threads. */
export type Skipped = Pick<DamagedImage, "path" | "reason">;

/** Decodes images and counts their pixels, in this thread or another. */
export interface ImageCounter {
  /** Calls to make at once, so that it need not wait for the next. */
  readonly callsAtOnce: number;

  /**
   * Adds images to the tally.
   *
   * @returns the images that cannot be decoded
   * @throws PixscaleError as `ImageDecoder.decode` does, or if the thread has ended
   */
  count(files: readonly ImageFile[]): Promise<readonly Skipped[]>;

  /**
   * Sums up the pixels of each image.
   *
   * @returns for each file, the sums or the damage
   * @throws as `count` does
   */
  sum(files: readonly ImageFile[]): Promise<readonly (ImageSample | Skipped)[]>;

  /** Returns the counts since the last call, and starts a new tally. */
  takeTally(): Promise<SplitTally>;
}

/** Counts in this thread, one image at a time. */
export class Counter implements ImageCounter {
  readonly callsAtOnce = 1;
  readonly #kind: TallyKind;
  readonly #decoder: ImageDecoder;
  readonly #pause: (() => Promise<void>) | undefined;
  readonly #reader = new ImageReader();
  #tally: SplitTally;
  /** Each call waits for the last: images decoded side by side would only take memory. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param kind that images are decoded to
   * @param pause is awaited before each image, so that the thread can do other work
   */
  constructor(kind: TallyKind, reading: ImageOptions, pause?: () => Promise<void>) {
    this.#kind = kind;
    this.#decoder = new ImageDecoder(reading);
    this.#pause = pause;
    this.#tally = new SplitTally(kind);
  }

  async count(files: readonly ImageFile[]): Promise<readonly Skipped[]> {
    const found = await this.#each(files, (image, { label }) => this.#tally.add(image, label));
    const skipped = found.filter((each) => each instanceof DamagedImage);
    this.#tally.skipped += skipped.length;
    return skipped.map(toSkipped);
  }

  async sum(files: readonly ImageFile[]): Promise<readonly (ImageSample | Skipped)[]> {
    const { channels, weight } = this.#kind;
    const found = await this.#each(files, ({ height, width, turned, values, ignored }) => ({
      sums: sumImage(values, channels, weight),
      size: { height, width, turned },
      ignored,
    }));
    return found.map((each) => (each instanceof DamagedImage ? toSkipped(each) : each));
  }

  async takeTally(): Promise<SplitTally> {
    const tally = this.#tally;
    this.#tally = new SplitTally(this.#kind);
    return tally;
  }

  /** What `use` makes of each image, or its damage. */
  #each<Result>(
    files: readonly ImageFile[],
    use: (image: DecodedImage, file: ImageFile) => Result,
  ): Promise<(Result | DamagedImage)[]> {
    const work = this.#last.then(async () => {
      const found: (Result | DamagedImage)[] = [];
      for (const { file, content } of this.#reader.read(files)) {
        await this.#pause?.();
        found.push(await this.#decoder.use(file, (image) => use(image, file), content));
      }
      return found;
    });
    this.#last = work.catch(() => {});
    return work;
  }
}

function toSkipped({ path, reason }: DamagedImage): Skipped {
  return { path, reason };
}
