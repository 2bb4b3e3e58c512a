import type { Reading } from "../data/images/reading.ts";

/** How a library brings images to the pixels that were measured. */
export interface ReadingCode {
  readonly imports: readonly string[];
  /** Code, in the library's form of a step. */
  readonly steps: readonly string[];
  /** What the code cannot do, as comments without their sign. */
  readonly notes: readonly string[];
}

/** Without resizing and conversions, or of data that are no image files. */
const NOTHING: ReadingCode = { imports: [], steps: [], notes: [] };

/** What must happen to images before any library's code. */
function decodingNotes({ icc, exif, alpha, depth }: Reading): string[] {
  const steps = [
    ...(icc === "apply" ? ["convert colour profiles to sRGB"] : []),
    ...(exif === "apply" ? ["turn images as their EXIF orientation says"] : []),
    ...(alpha === "drop" ? [] : [`lay transparent images over ${alpha}`]),
    ...(depth === 16 ? ["keep 16 bits per value"] : []),
  ];
  return steps.length === 0 ? [] : [`Before this, as in the measured images: ${steps.join(", ")}.`];
}

function resizeNote({ size, fit, interpolation, antialias }: Reading): string {
  const filter = `${interpolation}${antialias || interpolation === "nearest" ? "" : " without antialias"}`;
  return `Resize images to ${size?.height} × ${size?.width} first, as in the measured ones: ${filter}, ${fit}.`;
}

/** Whether Pillow resizes so: all its filters but nearest antialias. */
function isPillows({ interpolation, antialias }: Reading): boolean {
  return antialias || interpolation === "nearest";
}

/** On PIL images, whose `v2.Resize` is Pillow's `resize`. */
export function torchvisionReading(reading: Reading | undefined): ReadingCode {
  if (reading === undefined) return NOTHING;
  const { size, fit, interpolation, color } = reading;
  const gray = color === "gray" ? ["v2.Grayscale(),"] : [];
  const notes = decodingNotes(reading);
  if (size === undefined) return { imports: [], steps: gray, notes };
  const { height, width } = size;
  const mode = `v2.InterpolationMode.${interpolation.toUpperCase()}`;
  // Of other than squares, `Resize` would need the size of each image.
  if (!isPillows(reading) || (fit === "cover" && height !== width)) {
    return { imports: [], steps: gray, notes: [...notes, resizeNote(reading)] };
  }
  const resize = {
    fill: [`v2.Resize((${height}, ${width}), interpolation=${mode}),`],
    cover: [`v2.Resize(${height}, interpolation=${mode}),`, `v2.CenterCrop(${height}),`],
    contain: [
      `v2.Lambda(lambda image: ImageOps.pad(image, (${width}, ${height}), Image.Resampling.${interpolation.toUpperCase()})),`,
    ],
  }[fit];
  const imports = fit === "contain" ? ["from PIL import Image, ImageOps"] : [];
  return { imports, steps: [...gray, ...resize], notes };
}

/** A function that loads an image file. */
export function kerasReading(reading: Reading | undefined): ReadingCode {
  if (reading === undefined) return NOTHING;
  const { size, fit, interpolation, antialias, color } = reading;
  const mode = `color_mode="${color === "gray" ? "grayscale" : "rgb"}"`;
  const notes = decodingNotes(reading);
  const load = (args: string) => [
    "def load(path):",
    `    return keras.utils.img_to_array(keras.utils.load_img(path, ${args}))`,
  ];
  if (size === undefined) return { imports: [], steps: load(mode), notes };
  const target = `(${size.height}, ${size.width})`;
  if (fit === "fill" && isPillows(reading)) {
    const args = `${mode}, target_size=${target}, interpolation="${interpolation}"`;
    return { imports: [], steps: load(args), notes };
  }
  if (fit === "fill" && interpolation === "bilinear" && !antialias) {
    const steps = [
      "def load(path):",
      `    image = keras.utils.img_to_array(keras.utils.load_img(path, ${mode}))`,
      `    return tf.floor(tf.image.resize(image, ${target}) + 0.5)`,
    ];
    return { imports: ["import tensorflow as tf"], steps, notes };
  }
  return { imports: [], steps: load(mode), notes: [...notes, resizeNote(reading)] };
}

/** Resizing of a batch of images with values from 0 to 255. */
export function tfjsReading(reading: Reading | undefined): ReadingCode {
  if (reading === undefined) return NOTHING;
  const { size, fit, interpolation, antialias, color } = reading;
  const notes = [...decodingNotes(reading), ...(color === "gray" ? ["Images are gray: 1 channel."] : [])];
  if (size === undefined) return { imports: [], steps: [], notes };
  if (fit === "fill" && interpolation === "bilinear" && !antialias) {
    const steps = [`.resizeBilinear([${size.height}, ${size.width}], false, true)`, ".add(0.5).floor()"];
    return { imports: [], steps, notes };
  }
  return { imports: [], steps: [], notes: [...notes, resizeNote(reading)] };
}

/** OpenCV's filters are others than Pillow's and TensorFlow's, so nothing is resized. */
export function albumentationsReading(reading: Reading | undefined): ReadingCode {
  if (reading === undefined) return NOTHING;
  const { size, color } = reading;
  const gray = color === "gray" ? ["Images are gray: 1 channel."] : [];
  const resize = size === undefined ? [] : [resizeNote(reading), "A.Resize would give other pixels."];
  return { imports: [], steps: [], notes: [...decodingNotes(reading), ...gray, ...resize] };
}
