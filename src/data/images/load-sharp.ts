import { PixscaleError } from "../../errors.ts";

export type SharpModule = typeof import("sharp")["default"];

/** @throws PixscaleError if sharp is not installed or does not run on this machine */
export async function loadSharp(): Promise<SharpModule> {
  try {
    const { default: sharp } = await import("sharp");
    // Many images are decoded at once, each by one thread, and none twice.
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    const remedy = "run npm install sharp, or convert the images to an .npz file";
    throw new PixscaleError("sharp", "cannot be loaded to decode images", remedy, { cause });
  }
}
