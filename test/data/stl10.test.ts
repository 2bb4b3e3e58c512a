import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-stl10-"));
  await mkdir(join(folder, "stl10_binary"));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (name: string, content: Uint8Array | string) =>
  writeFile(join(folder, "stl10_binary", name), content);
const SIDE = 96;
const value = (i: number) => (i * 31 + (i >> 9)) % 251;

describe("STL-10's binary version", () => {
  beforeEach(async () => {
    await put(
      "train_X.bin",
      Uint8Array.from({ length: 2 * 3 * SIDE * SIDE }, (_, i) => value(i)),
    );
    await put("train_y.bin", Uint8Array.of(10, 1));
    await put("test_X.bin", new Uint8Array(3 * SIDE * SIDE));
    await put("test_y.bin", Uint8Array.of(3));
    await put("unlabeled_X.bin", "");
    await put("class_names.txt", "airplane\nbird\ncar\ncat\ndeer\ndog\nhorse\nmonkey\nship\ntruck\n");
  });

  it("has planes of columns, and labels from 1", async () => {
    const notes: string[] = [];
    const { train, test, classNames } = await loadDataset(folder, {
      observer: { onNote: (note) => notes.push(note) },
    });
    // NumPy's X.reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1).
    for (const [image, y, x, c] of [
      [0, 0, 0, 0],
      [0, 5, 90, 2],
      [1, 95, 3, 1],
      [1, 40, 41, 0],
    ]) {
      const stored = ((image * 3 + c) * SIDE + x) * SIDE + y;
      expect(train.pixels[((image * SIDE + y) * SIDE + x) * 3 + c]).toBe(value(stored));
    }
    expect([[...train.labels], [...test.labels], classNames?.[9]]).toEqual([[9, 0], [2], "truck"]);
    expect(notes).toContain("unlabeled_X.bin has no labels and is ignored");
  });

  it("is refused if it is cut off or has other labels", async () => {
    await put("train_y.bin", Uint8Array.of(10, 0));
    await expect(loadDataset(folder)).rejects.toThrow(/train_y\.bin: label 0, but the classes are 1 to 10; /);
    await put("train_y.bin", Uint8Array.of(10));
    await expect(loadDataset(folder)).rejects.toThrow(/train_y\.bin: 1 labels, but 2 images; /);
    await put("train_X.bin", new Uint8Array(1000));
    await expect(loadDataset(folder)).rejects.toThrow(
      /train_X\.bin: 1000 bytes, not a multiple of the 27648 of one/,
    );
  });
});
