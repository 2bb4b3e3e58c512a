import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";
import { readFashionMnist } from "../../src/data/named/fashion-mnist.ts";
import { encodeIdx, ramp } from "./idx/idx-encode.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-cifar-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: Uint8Array | string) => writeFile(join(folder, name), content);

/** One record: labels, then a plane of each colour. The value of a pixel is its index plus an offset per colour. */
function record(labels: readonly number[], [red, green, blue]: readonly number[]): Buffer {
  const plane = (add: number) => Uint8Array.from({ length: 1024 }, (_, i) => i + add);
  return Buffer.concat([Uint8Array.from(labels), plane(red), plane(green), plane(blue)]);
}

const pixel = (pixels: ArrayLike<number>, image: number, y: number, x: number) =>
  [0, 1, 2].map((channel) => pixels[((image * 32 + y) * 32 + x) * 3 + channel]);

describe("CIFAR-10", () => {
  it("is read in the order of its batches, with channels last and with class names", async () => {
    await write("data_batch_2.bin", Buffer.concat([record([9], [1, 2, 3]), record([0], [0, 0, 0])]));
    await write("data_batch_3.bin", record([4], [5, 5, 5]));
    await write("data_batch_1.bin", record([7], [10, 20, 30]));
    await write("test_batch.bin", record([3], [100, 0, 50]));
    await write("batches.meta.txt", `${[..."abcdefghij"].join("\n")}\n\n`);
    const { train, test, classes, classNames } = await loadDataset(folder);
    expect(train.shape).toEqual({ height: 32, width: 32, channels: 3 });
    expect([...train.labels]).toEqual([7, 9, 0, 4]);
    expect([classes, classNames]).toEqual([10, [..."abcdefghij"]]);
    expect(pixel(train.pixels, 0, 0, 0)).toEqual([10, 20, 30]);
    expect(pixel(train.pixels, 1, 2, 5)).toEqual([70, 71, 72]);
    expect(pixel(test.pixels, 0, 31, 31)).toEqual([(1023 + 100) % 256, 255, (1023 + 50) % 256]);
    expect([train.count, test.count]).toEqual([4, 1]);
  });

  it.each<[string, string, Uint8Array | string, RegExp]>([
    [
      "a truncated batch",
      "data_batch_1.bin",
      record([1], [0, 0, 0]).subarray(1),
      /data_batch_1\.bin: 3072 bytes, not a multiple of the 3073 of one image; /,
    ],
    [
      "a label of 10",
      "data_batch_1.bin",
      record([10], [0, 0, 0]),
      /data_batch_1\.bin: label 10, but the classes are 0 to 9; use .* another `format`$/,
    ],
    ["too few names", "batches.meta.txt", "a\nb\n", /batches\.meta\.txt: 2 class names instead of 10; /],
  ])("is refused with %s", async (_, name, content, message) => {
    await write("data_batch_1.bin", record([1], [0, 0, 0]));
    await write("test_batch.bin", record([1], [0, 0, 0]));
    await write(name, content);
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it("is refused without one of its training batches", async () => {
    for (const name of ["data_batch_1", "data_batch_3", "test_batch"]) {
      await write(`${name}.bin`, record([1], [0, 0, 0]));
    }
    await expect(loadDataset(folder)).rejects.toThrow(
      `${folder}: 2 training batches, but no data_batch_2.bin; download CIFAR's binary version again`,
    );
  });

  it("is refused without its test batch, by name", async () => {
    await write("data_batch_1.bin", record([1], [0, 0, 0]));
    await expect(loadDataset(folder)).rejects.toThrow(/test_batch\.bin: no such file or folder; /);
    await expect(loadDataset(folder, { format: "cifar100" })).rejects.toThrow(/: no training batches; /);
  });
});

describe("CIFAR-100", () => {
  it("has the fine label as its class", async () => {
    await write("train.bin", Buffer.concat([record([19, 99], [1, 2, 3]), record([0, 5], [4, 5, 6])]));
    await write("test.bin", record([3, 42], [7, 8, 9]));
    const { train, test, classes } = await loadDataset(folder);
    expect([[...train.labels], [...test.labels], classes]).toEqual([[99, 5], [42], 100]);
    expect(pixel(train.pixels, 1, 0, 1)).toEqual([5, 6, 7]);
  });
});

describe("fashion-mnist", () => {
  it("is read from $PIXSCALE_DATA, or from Debian's folder", async () => {
    await expect(readFashionMnist(folder)).rejects.toThrow(
      /^fashion-mnist: not found in ".*fashion-mnist"; install Debian's dataset-fashion-mnist, or /,
    );
    await write("train-images-idx3-ubyte", encodeIdx([3, 2, 2], ramp(12)));
    await write("train-labels-idx1-ubyte", encodeIdx([3], Uint8Array.of(0, 2, 1)));
    await write("t10k-images-idx3-ubyte", encodeIdx([2, 2, 2], ramp(8)));
    await write("t10k-labels-idx1-ubyte", encodeIdx([2], Uint8Array.of(1, 0)));
    expect((await readFashionMnist(undefined, folder)).train.count).toBe(3);
  });
});
