import {
  BITS_MARGIN,
  BLOCK_BYTES,
  JpegControl,
  JpegPart,
  MARGIN,
  MAX_BLOCKS,
} from "../../../kernels/jpeg-tables.ts";
import { growMemory, type Kernels, kernelsWithGrowingMemory } from "../../../kernels/load.ts";
import { tableRow } from "../../../kernels/table-row.ts";
import type { Raster } from "../raster.ts";
import { lookupTable } from "./huffman-tables.ts";
import { type JpegComponent, readMarkers, type SequentialJpeg } from "./markers.ts";
import { fastMultipliers } from "./multipliers.ts";

/** What is made of the coefficients. */
export interface JpegOutput {
  /** The inverse DCT of libjpeg: JDCT_ISLOW, or JDCT_IFAST. */
  readonly dct: "accurate" | "fast";
  /** Whether of YCbCr the luma is enough. */
  readonly luma: boolean;
}

/** Larger images are left to others: the memory would not shrink again. */
const MAX_PIXELS = 2 ** 25;

let kernels: (Kernels & { memory: WebAssembly.Memory }) | undefined;

/**
 * Decodes a gray or colour JPEG, baseline or extended sequential with Huffman codes and 8 bits. The pixels equal those of
 * libjpeg-turbo, with fancy upsampling, in every bit. They lie in the kernels' memory, where the next call overwrites them.
 *
 * @returns undefined for all others, and for files that are damaged or doubtful in any way: other decoders decide about them
 * @throws PixscaleError if there is not enough memory, and as `compileKernels` does
 */
export function decodeJpeg(file: Uint8Array, output: JpegOutput): Raster | undefined {
  const jpeg = readMarkers(file);
  if (jpeg === undefined || (output.luma && !jpeg.isYcc)) return undefined;
  const { height, width, components } = jpeg;
  // Each block of 64 samples takes two bits at least; so a damaged header reserves no memory.
  if (height * width > MAX_PIXELS || height * width > 256 * file.length) return undefined;
  const factors = scales(components);
  if (factors === undefined) return undefined;
  kernels ??= kernelsWithGrowingMemory();
  const { memory, heapBase } = kernels;
  const channels = output.luma ? 1 : components.length;
  const layout = new Layout(heapBase);
  const { control, pixels } = describe(layout, jpeg, factors, file.subarray(jpeg.dataAt), output);
  layout.write(memory);
  if (kernels.decodeJpeg(control) === 0) return undefined;
  const values = new Uint8Array(memory.buffer, pixels, height * width * channels);
  return { height, width, channels, space: channels === 1 ? "gray" : "rgb", values };
}

/** Hands out memory from an address on, and fills it once all is known. */
class Layout {
  #end: number;
  readonly #contents: [address: number, content: Uint8Array][] = [];

  constructor(start: number) {
    this.#end = start;
  }

  /** @returns the address of room for `bytes`, and `MARGIN` more */
  room(bytes: number): number {
    const address = 16 * Math.ceil(this.#end / 16);
    this.#end = address + bytes + MARGIN;
    return address;
  }

  content(bytes: Uint8Array): number {
    const address = this.room(bytes.length);
    this.#contents.push([address, bytes]);
    return address;
  }

  words(values: readonly number[]): number {
    return this.content(new Uint8Array(Uint32Array.from(values).buffer));
  }

  /** @throws PixscaleError if there is not enough memory */
  write(memory: WebAssembly.Memory): void {
    growMemory(memory, this.#end, "JPEG");
    const all = new Uint8Array(memory.buffer);
    for (const [address, content] of this.#contents) all.set(content, address);
  }
}

interface Scale {
  readonly across: number;
  readonly down: number;
}

/** How many pixels a sample of each component covers; undefined for sampling that the kernel does not know. */
function scales(components: readonly JpegComponent[]): Scale[] | undefined {
  // One component alone comes in its own blocks, whatever its factors are.
  if (components.length === 1) return [{ across: 1, down: 1 }];
  const [first] = components;
  const blocks = components.reduce((sum, { across, down }) => sum + across * down, 0);
  const found = components.map(({ across, down }) => ({
    across: first.across / across,
    down: first.down / down,
  }));
  const areKnown = found.every(({ across, down }) => [1, 2].includes(across) && [1, 2].includes(down));
  return areKnown && blocks <= MAX_BLOCKS ? found : undefined;
}

/** The tables and rooms of an image. */
function describe(
  layout: Layout,
  { height, width, components, isYcc, interval }: SequentialJpeg,
  factors: readonly Scale[],
  data: Uint8Array,
  { dct, luma }: JpegOutput,
): { control: number; pixels: number } {
  const isAlone = components.length === 1;
  const across = isAlone ? 1 : components[0].across;
  const down = isAlone ? 1 : components[0].down;
  const mcusAcross = Math.ceil(width / (8 * across));
  const channels = luma ? 1 : components.length;
  const placed = new Map<Uint8Array, number>();
  const place = (content: Uint8Array) => {
    const address = placed.get(content) ?? layout.content(content);
    placed.set(content, address);
    return address;
  };
  const parts = components.flatMap(({ quantizer, dcTable, acTable }, i) => {
    const scale = factors[i];
    const multipliers = dct === "fast" ? fastMultipliers(quantizer) : quantizer;
    const stride = (8 * mcusAcross * across) / scale.across;
    return tableRow(JpegPart, {
      across: across / scale.across,
      down: down / scale.down,
      scaleAcross: scale.across,
      scaleDown: scale.down,
      columns: Math.ceil(width / scale.across),
      rows: Math.ceil(height / scale.down),
      multipliers: layout.content(new Uint8Array(multipliers.buffer)),
      dcCodes: place(lookupTable(dcTable, "dc")),
      acCodes: place(lookupTable(acTable, "ac")),
      samples: layout.room(stride * (1 + (8 * down) / scale.down)),
      stride,
      upsampled: layout.room(width),
    });
  });
  const pixels = layout.room(height * width * channels);
  const bits = layout.room(BITS_MARGIN + data.length) + BITS_MARGIN + data.length;
  const input = layout.content(data);
  const control = tableRow(JpegControl, {
    input,
    end: input + data.length,
    height,
    width,
    components: components.length,
    outputs: channels,
    parts: layout.words(parts),
    mcusAcross,
    mcusDown: Math.ceil(height / (8 * down)),
    mcuHeight: 8 * down,
    interval,
    isYcc: Number(isYcc),
    isFast: Number(dct === "fast"),
    bits,
    blocks: layout.room((MAX_BLOCKS + 1) * BLOCK_BYTES),
    sums: layout.room(2 * width + 2 * MARGIN),
    output: pixels,
  });
  return { control: layout.words(control), pixels };
}
