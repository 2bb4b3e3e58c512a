import { PixscaleError } from "../../errors.ts";

export type SharpModule = typeof import("sharp")["default"];

const PURPOSES = {
  "decode images": "run npm install sharp, or convert the images to an .npz file",
  "write pictures": "run npm install sharp, or write an .svg file",
} as const;

/** Sharp is not installed or does not run on this machine: of images, none is damaged. */
export class MissingSharp extends PixscaleError {}

/** @throws MissingSharp if sharp is not installed or does not run on this machine */
export async function loadSharp(purpose: keyof typeof PURPOSES = "decode images"): Promise<SharpModule> {
  try {
    const { default: sharp } = await import("sharp");
    // Many images are decoded at once, each by one thread, and none twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new MissingSharp("sharp", `cannot be loaded to ${purpose}`, PURPOSES[purpose], { cause });
  }
}
