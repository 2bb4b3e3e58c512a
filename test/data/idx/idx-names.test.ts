import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../../src/data/load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-idx-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** An IDX file as Yann LeCun's page defines it: type, rank, sizes, values, all big-endian. */
function idx(type: number, dims: readonly number[], values: readonly number[]): Buffer {
  const bytes = type === 0x0c ? 4 : 1;
  const file = Buffer.alloc(4 + 4 * dims.length + bytes * values.length);
  file.writeUInt32BE(256 * type + dims.length);
  for (const [i, size] of dims.entries()) file.writeUInt32BE(size, 4 + 4 * i);
  const start = 4 + 4 * dims.length;
  for (const [i, value] of values.entries()) file.writeIntBE(value, start + bytes * i, bytes);
  return file;
}

async function put(name: string, content: Buffer | string): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, name.endsWith(".gz") ? gzipSync(content) : content);
}

const notes: string[] = [];
async function load(path = folder, options = {}) {
  notes.length = 0;
  return loadDataset(path, { ...options, observer: { onNote: (note) => notes.push(note) } });
}

describe("the IDX files of", () => {
  const images = (count: number) =>
    idx(
      8,
      [count, 2, 3],
      Array.from({ length: 6 * count }, (_, i) => i),
    );

  it("EMNIST are transposed, and their letters numbered from 0", async () => {
    await put("emnist-letters-train-images-idx3-ubyte.gz", images(2));
    await put("emnist-letters-train-labels-idx1-ubyte.gz", idx(8, [2], [2, 1]));
    await put("emnist-letters-test-images-idx3-ubyte", images(1));
    await put("emnist-letters-test-labels-idx1-ubyte", idx(8, [1], [2]));
    await put("emnist-letters-mapping.txt", "1 65 97\n2 66 98\n");
    const { train, test, classNames } = await load();
    expect([train.shape, [...train.pixels]]).toEqual([
      { height: 3, width: 2, channels: 1 },
      [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11],
    ]);
    expect([[...train.labels], [...test.labels], classNames]).toEqual([[1, 0], [1], ["A", "B"]]);
    expect(notes).toEqual(["the images are transposed, as EMNIST stores them", "labels 1 … 2 become 0 … 1"]);
    expect([...(await load(folder, { transpose: false })).test.pixels]).toEqual([0, 1, 2, 3, 4, 5]);
    await put("emnist-digits-train-images-idx3-ubyte.gz", images(2));
    await expect(load()).rejects.toThrow(
      /: files of several datasets: emnist-digits, emnist-letters; put each into /,
    );
  });

  it("EMNIST's digits keep their numbers where there is no 0", async () => {
    for (const [split, count] of [
      ["train", 2],
      ["test", 1],
    ] as const) {
      await put(`emnist-digits-${split}-images-idx3-ubyte`, images(count));
      await put(`emnist-digits-${split}-labels-idx1-ubyte`, idx(8, [count], count === 2 ? [2, 1] : [2]));
    }
    const { train, classes } = await load();
    expect([[...train.labels], classes]).toEqual([[2, 1], 3]);
    expect(notes).toEqual(["the images are transposed, as EMNIST stores them"]);
  });

  it("QMNIST have the class in the first column of their labels", async () => {
    for (const [split, count] of [
      ["train", 2],
      ["test", 1],
    ] as const) {
      await put(`qmnist-${split}-images-idx3-ubyte.gz`, images(count));
      const rows = Array.from({ length: count }, (_, i) => [7 - i, 4, -1]).flat();
      await put(`qmnist-${split}-labels-idx2-int.gz`, idx(12, [count, 3], rows));
    }
    const { train, test } = await load();
    expect([[...train.labels], [...test.labels], train.shape.height]).toEqual([[7, 6], [7], 2]);
    await put("qmnist-test-labels-idx2-int.gz", idx(12, [1, 3], [7, 4]));
    await expect(load()).rejects.toThrow(
      /qmnist-test-labels-idx2-int\.gz: 1 × 3 values: expected 24 bytes, found 20; /,
    );
    await put("qmnist-test-labels-idx2-int.gz", idx(12, [1, 2], [-1, 4]));
    await expect(load()).rejects.toThrow(/label -1 of image 1, but classes are 0 to 255; /);
  });

  it("torchvision are found in its folders", async () => {
    for (const [split, count] of [
      ["train", 2],
      ["t10k", 1],
    ] as const) {
      await put(`MNIST/raw/${split}-images-idx3-ubyte`, images(count));
      await put(`MNIST/raw/${split}-labels-idx1-ubyte`, idx(8, [count], count === 2 ? [1, 0] : [1]));
    }
    const raw = join(folder, "MNIST", "raw");
    for (const path of [folder, join(folder, "MNIST"), raw]) {
      expect([...(await load(path)).train.labels]).toEqual([1, 0]);
      expect(notes).toEqual(path === raw ? [] : [`reading ${raw}`]);
    }
  });
});
