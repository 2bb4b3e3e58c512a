import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { npyHeader } from "../../src/data/numpy/npy.ts";
import type { Comparison } from "../../src/experiment/comparison.ts";
import { RandomStream } from "../../src/random.ts";
import { encodeIdx } from "../data/idx/idx-encode.ts";
import { here, jsonHere } from "./here.ts";
import {
  type EvaluateDocument,
  type RunDocument,
  type ScaleDocument,
  type StatsDocument,
  temporaryFolder,
} from "./run.ts";

/** Every type of values × every source × every command: each must give the right figures, not only some. */

const [HEIGHT, WIDTH, TRAIN, TEST] = [12, 10, 24, 8];
const TYPES = {
  uint8: { array: Uint8Array, descr: "|u1", isIdx: true, most: 255 },
  uint16: { array: Uint16Array, descr: "<u2", isIdx: false, most: 65535 },
  float32: { array: Float32Array, descr: "<f4", isIdx: false, most: 1 },
  float64: { array: Float64Array, descr: "<f8", isIdx: false, most: 1 },
} as const;
type TypeName = keyof typeof TYPES;
type Values = Uint8Array | Uint16Array | Float32Array | Float64Array;

/** Random values of a type; images of the second half, which have label 1, are brighter. */
function valuesOf(type: TypeName, count: number, channels: number): Values {
  const { array, most } = TYPES[type];
  const random = new RandomStream(count, "shuffle");
  const size = HEIGHT * WIDTH * channels;
  const values = Array.from({ length: count * size }, (_, i) => {
    const value = random.uniform() * 0.5 * (1 + labelOf(Math.floor(i / size), count)) * most;
    return most === 1 ? value : Math.floor(value);
  });
  return array.from(values);
}

// Sorted, as folders of classes are.
const labelOf = (image: number, count: number) => Number(image >= count / 2);
const labelsOf = (count: number) => Uint8Array.from({ length: count }, (_, i) => labelOf(i, count));
const bytesOf = ({ buffer, byteOffset, byteLength }: Values) =>
  new Uint8Array(buffer, byteOffset, byteLength);

async function npz(type: TypeName, channels: number): Promise<string> {
  const zip = new ZipFile();
  for (const [split, count] of Object.entries({ train: TRAIN, test: TEST })) {
    const header = npyHeader(TYPES[type].descr, [count, HEIGHT, WIDTH, channels]);
    zip.addBuffer(Buffer.concat([header, bytesOf(valuesOf(type, count, channels))]), `x_${split}.npy`);
    zip.addBuffer(Buffer.concat([npyHeader("|u1", [count]), labelsOf(count)]), `y_${split}.npy`);
  }
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  const file = join(temporaryFolder(), "data.npz");
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** IDX files of bytes; other types of theirs are refused. */
async function idx(type: TypeName, channels: number): Promise<string> {
  const folder = temporaryFolder();
  const sizes = channels === 1 ? [HEIGHT, WIDTH] : [HEIGHT, WIDTH, channels];
  for (const [split, count] of Object.entries({ train: TRAIN, t10k: TEST })) {
    const images = encodeIdx([count, ...sizes], bytesOf(valuesOf(type, count, channels)));
    writeFileSync(join(folder, `${split}-images-idx${1 + sizes.length}-ubyte`), images);
    writeFileSync(join(folder, `${split}-labels-idx1-ubyte`), encodeIdx([count], labelsOf(count)));
  }
  return folder;
}

async function pngs(type: TypeName, channels: number): Promise<string> {
  const folder = temporaryFolder();
  const size = HEIGHT * WIDTH * channels;
  for (const [split, count] of Object.entries({ train: TRAIN, test: TEST })) {
    for (const name of ["0", "1"]) mkdirSync(join(folder, split, name), { recursive: true });
    const values = valuesOf(type, count, channels) as Uint8Array | Uint16Array;
    for (let i = 0; i < count; i++) {
      const raw = { height: HEIGHT, width: WIDTH, channels: channels as 1 | 3 };
      const image = sharp(values.subarray(i * size, (i + 1) * size), { raw });
      if (type === "uint16") image.toColourspace(channels === 1 ? "grey16" : "rgb16");
      await image
        .png()
        .toFile(join(folder, split, String(labelOf(i, count)), `${String(i).padStart(2, "0")}.png`));
    }
  }
  return folder;
}

/** The float32 values of an .npy file of version 1. */
function floatsOf(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(Uint8Array.from(bytes.subarray(10 + bytes.readUInt16LE(8))).buffer);
}

const SOURCES = { npz, idx, folder: pngs } as const;

function cases(): [name: string, source: keyof typeof SOURCES, type: TypeName, channels: number][] {
  return (Object.keys(TYPES) as TypeName[]).flatMap((type) =>
    (["npz", "idx", "folder"] as const)
      .filter((source) => source !== "folder" || TYPES[type].most > 1)
      .filter((source) => source !== "idx" || TYPES[type].isIdx)
      .flatMap((source) =>
        [1, 3].map((channels) => [`${type} × ${channels} in ${source}`, source, type, channels] as const),
      ),
  ) as ReturnType<typeof cases>;
}

/** The fingerprints of the weights that the same values gave from another source. */
const fingerprints = new Map<string, string>();

describe.each(cases())("%s", (_, source, type, channels) => {
  it("has the right figures in every command", async () => {
    const data = await SOURCES[source](type, channels);
    const depth = source === "folder" && type === "uint16" ? ["--depth", "16"] : [];
    const read = [
      data,
      ...depth,
      ...(source === "folder" ? ["--color-mode", channels === 1 ? "gray" : "rgb"] : []),
    ];

    // Networks take float32, so float64 is rounded to it.
    const given = [...valuesOf(type, TRAIN, channels)];
    const values = type === "float64" ? given.map(Math.fround) : given;
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);

    const { splits } = await jsonHere<StatsDocument>("stats", ...read, "--axis", "global");
    expect(splits.train.shape).toEqual([TRAIN, HEIGHT, WIDTH, channels]);
    expect(splits.train.mean[0] / mean).toBeCloseTo(1, 12);
    expect(splits.train.std[0] / std).toBeCloseTo(1, 10);

    for (const [command, expected] of [
      ["normalize", [mean / 255, std / 255]],
      ["center", [0, std]],
      ["standardize", [0, 1]],
      ["whiten", [0, undefined]],
    ] as const) {
      const scaled = (await jsonHere<ScaleDocument>(command, ...read)).splits.train.whole;
      expect(scaled.mean).toBeCloseTo(expected[0], 1);
      if (expected[1] !== undefined) expect(scaled.std / expected[1]).toBeCloseTo(1, 4);
    }

    const short = ["--epochs", "1", "--batch-size", "8", "--quiet"];
    const model = temporaryFolder();
    const run = await jsonHere<RunDocument>(
      "train",
      ...read,
      "--scaling",
      "standardize",
      ...short,
      "--save",
      model,
      "--force",
    );
    expect(run.test.accuracy * TEST).toBeCloseTo(Math.round(run.test.accuracy * TEST), 9);
    const evaluated = await jsonHere<EvaluateDocument>("evaluate", model);
    expect(evaluated.confusion).toEqual(run.test.confusion);
    // The same values train the same weights, whatever they are stored in.
    const what = `${type} × ${channels}`;
    expect(fingerprints.get(what) ?? run.fingerprint).toBe(run.fingerprint);
    fingerprints.set(what, run.fingerprint);

    const folder = join(temporaryFolder(), "runs");
    const compared = await jsonHere<Comparison>(
      "compare",
      ...read,
      ...short,
      "--scalings",
      "standardize,minmax",
      "--seeds",
      "1",
      "--out",
      folder,
    );
    const [standardized] = compared.variants.filter(({ scaling }) => scaling === "standardize");
    expect(standardized.runs[0].fingerprint).toBe(run.fingerprint);
    expect(standardized.runs[0].testAccuracy).toBe(run.test.accuracy);

    const scaler = join(temporaryFolder(), "scaler.json");
    const out = join(temporaryFolder(), "scaled.npy");
    await jsonHere("stats", ...read, "--save", scaler);
    await jsonHere("apply", scaler, ...read, "--save", out, "--split", "train");
    const scaled = floatsOf(out);
    expect(scaled).toHaveLength(TRAIN * HEIGHT * WIDTH * channels);
    expect(scaled[7]).toBeCloseTo((values[7] - mean) / (std + 1e-6), 4);
    const picture = join(temporaryFolder(), "grid.svg");
    expect(
      await here("preview", ...read, "--scalings", "standardize", "--save", picture, "--quiet"),
    ).toMatchObject({ status: 0, stderr: "" });
  });
});
