import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageFiles } from "../../../src/data/images/image-files.ts";
import type { ImageOptions } from "../../../src/data/images/image-options.ts";
import { understandFolder } from "../../../src/data/images/layout.ts";
import { splitOf } from "../../../src/data/images/split-names.ts";
import { folderEntries } from "../../../src/files/folder-entries.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-layout-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Makes empty files: only their names matter here. */
async function files(...names: readonly string[]): Promise<void> {
  for (const name of names) await write(name, "");
}

async function write(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
}

/** `path:label` of every image, relative to the folder. */
async function listed(images: ImageFiles): Promise<string[]> {
  const found: string[] = [];
  for await (const { path, label } of images) found.push(`${path.slice(folder.length + 1)}:${label}`);
  expect(found).toHaveLength(images.count);
  return found;
}

async function understood(options: ImageOptions = {}) {
  const found = await understandFolder(await folderEntries(folder), options);
  const { classNames, leftOut } = found;
  const notes = [...found.notes, ...leftOut];
  const [train, validation, test] = [
    await listed(found.train),
    await listed(found.validation),
    await listed(found.test),
  ];
  return { classNames, train, validation, test, notes };
}

function refusal(options: ImageOptions = {}): Promise<string> {
  return understood(options).then(
    () => "understood",
    (error: Error) => error.message,
  );
}

describe("splitOf", () => {
  it.each([
    [
      "train",
      ["train", "Train", "TRAINING", "trn", "training_set", "seg_train", "train-images", "train2017"],
    ],
    ["test", ["test", "Testing", "tests", "test_set", "seg_test", "eval", "test1", "evaluation"]],
    ["validation", ["val", "Valid", "validation", "dev", "val_images", "validation_set"]],
    [undefined, ["cats", "trainers", "contest", "devices", "valley", "images", "1", ""]],
  ] as const)("takes the names of %s for it, whatever their case and additions", (split, names) => {
    expect(names.map((name) => splitOf(name))).toEqual(names.map(() => split));
  });
});

describe("a folder of images is understood as", () => {
  it("one class per folder, which is no class without images", async () => {
    await files("b/1.png", "b/deep/er/2.JPG", "a/1.tiff", "empty/readme.txt");
    const { classNames, train, test, notes } = await understood({ testSplit: 0 });
    expect({ classNames, train, test }).toEqual({
      classNames: ["a", "b"],
      train: ["a/1.tiff:0", "b/1.png:1", "b/deep/er/2.JPG:1"],
      test: [],
    });
    expect(notes).toEqual(["2 classes", "1 file ignored: .txt 1"]);
  });

  it.each([
    ["Training", "Testing"],
    ["training_set", "test_set"],
    ["seg_train", "seg_test"],
    ["train", "dev"],
    ["Train", "eval"],
  ])("the splits %s and %s", async (train, test) => {
    await files(`${train}/a/1.png`, `${train}/b/1.png`, `${test}/b/2.png`);
    expect(await understood()).toEqual({
      classNames: ["a", "b"],
      train: [`${train}/a/1.png:0`, `${train}/b/1.png:1`],
      validation: [],
      test: [`${test}/b/2.png:1`],
      notes: [`2 classes from ${train}/, test images from ${test}/`],
    });
  });

  it("three splits, with validation images", async () => {
    await files("train/a/1.png", "train/b/1.png", "val/a/2.png", "test/b/3.png");
    const { validation, test, notes } = await understood();
    expect([validation, test]).toEqual([["val/a/2.png:0"], ["test/b/3.png:1"]]);
    expect(notes).toEqual(["2 classes from train/, validation images from val/, test images from test/"]);
  });

  it("training images alone, from which test images are drawn", async () => {
    await files(...Array.from({ length: 10 }, (_, i) => `train/${"ab"[i % 2]}/${i}.png`));
    const { train, test, notes } = await understood();
    expect([train.length, test.length]).toEqual([8, 2]);
    expect(new Set([...train, ...test]).size).toBe(10);
    expect(notes).toEqual(["2 classes from train/, 2 test images drawn from them"]);
  });

  it.each(["PetImages", "chest_xray/chest_xray"])("what %s wraps", async (wrapper) => {
    await files(`${wrapper}/train/a/1.png`, `${wrapper}/train/b/1.png`, `${wrapper}/test/a/2.png`);
    const { classNames, test, notes } = await understood();
    expect([classNames, test]).toEqual([["a", "b"], [`${wrapper}/test/a/2.png:0`]]);
    expect(notes[0]).toBe(`reading ${join(folder, wrapper)}`);
  });

  it("one class, whose folder holds the images", async () => {
    await files("all/1.png", "all/2.png");
    expect(await understood({ testSplit: 0 })).toMatchObject({
      classNames: ["all"],
      train: ["all/1.png:0", "all/2.png:0"],
    });
  });

  it("images without labels", async () => {
    await files("1.png", "2.png");
    expect(await understood()).toEqual({
      classNames: undefined,
      train: ["1.png:0", "2.png:0"],
      validation: [],
      test: [],
      notes: ["2 images without labels"],
    });
  });

  it("labelled training images beside test images without labels", async () => {
    await files("train/a/1.png", "train/b/1.png", "train/b/2.png", "test/1.png");
    const { notes, train, test } = await understood({ testSplit: 0.3 });
    expect([train.length, test.length]).toEqual([2, 1]);
    expect(notes).toContain("the images in test/ have no labels and are ignored");
  });

  it("classes in file names, when asked", async () => {
    await files("train/cat.0.jpg", "train/dog.0.jpg", "train/dog.1.jpg", "test1/7.jpg");
    const { classNames, train } = await understood({ labelFrom: "name", testSplit: 0 });
    expect([classNames, train]).toEqual([
      ["cat", "dog"],
      ["train/cat.0.jpg:0", "train/dog.0.jpg:1", "train/dog.1.jpg:1"],
    ]);
  });

  it.each([
    ["metadata.csv", "file_name,text,label\n01.png,a pug,pug\n02.png,,boxer\n"],
    [
      "metadata.jsonl",
      '{"file_name":"01.png","label":"pug"}\n\n{"label":"boxer","file_name":"02.png","n":1}\n',
    ],
  ])("classes in Hugging Face's %s, beside the images or above them", async (name, table) => {
    await files("train/01.png", "train/02.png");
    for (const within of ["", "train/"]) {
      await write(`${within}${name}`, table);
      const { classNames, train, notes } = await understood({ testSplit: 0 });
      expect([classNames, train]).toEqual([
        ["boxer", "pug"],
        ["train/01.png:1", "train/02.png:0"],
      ]);
      expect(notes.at(-1)).toBe(`classes from ${name}`);
      await rm(join(folder, `${within}${name}`));
    }
  });

  it("images without classes, if Hugging Face's metadata have none", async () => {
    await files("01.png", "02.png");
    await write("metadata.csv", "file_name,text\n01.png,a\n02.png,b\n");
    const { classNames, notes } = await understood();
    expect([classNames, notes.at(-1)]).toEqual([
      undefined,
      "metadata.csv has no column of classes; `labelColumn` names one",
    ]);
    expect((await understood({ labelColumn: "text", testSplit: 0 })).classNames).toEqual(["a", "b"]);
    await write("metadata.csv", "");
    await write("metadata.jsonl", "[]\n");
    await rm(join(folder, "metadata.csv"));
    expect(await refusal()).toMatch(
      /metadata\.jsonl: line 1 is not a JSON object; write one object per line$/,
    );
  });

  it.each([
    ["usual names", "id,breed\n01,pug\n02,boxer\n", {}],
    [
      "given names",
      "breed;picture\npug;01.png\nboxer;02.png\n",
      { imageColumn: "Picture", labelColumn: "1" },
    ],
    ["no names", "01.png\tpug\n02.png\tboxer\n", {}],
    ["quotes", '"image","label"\r\n"01.png","pug"\r\n"02.png","boxer"\r\n', {}],
  ] as const)("classes in a table with columns of %s", async (_, table, options) => {
    await files("train/01.png", "train/02.png", "test/03.png");
    await write("labels.csv", table);
    const labels = join(folder, "labels.csv");
    const { classNames, train, notes } = await understood({ labels, testSplit: 0, ...options });
    expect([classNames, train]).toEqual([
      ["boxer", "pug"],
      ["train/01.png:1", "train/02.png:0"],
    ]);
    expect(notes.join()).not.toContain(".csv");
  });

  it("Tiny-ImageNet with its list of validation images", async () => {
    await files("train/n1/images/n1_0.JPEG", "train/n2/images/n2_0.JPEG", "test/images/test_0.JPEG");
    await files("val/images/val_0.JPEG", "val/images/val_1.JPEG");
    await write("val/val_annotations.txt", "val_0.JPEG\tn2\t0\t0\t62\t62\nval_1.JPEG\tn1\t0\t0\t62\t62\n");
    const { classNames, test } = await understood();
    expect(classNames).toEqual(["n1", "n2"]);
    expect(test).toEqual(["val/images/val_0.JPEG:1", "val/images/val_1.JPEG:0"]);
  });

  it("ImageNet with its solution of the validation images, boxes and all", async () => {
    await files("train/n1/n1_0.JPEG", "train/n2/n2_0.JPEG", "val/ILSVRC2012_val_00000001.JPEG");
    await write(
      "LOC_val_solution.csv",
      "ImageId,PredictionString\nILSVRC2012_val_00000001,n2 85 1 499 272\n",
    );
    expect((await understood()).test).toEqual(["val/ILSVRC2012_val_00000001.JPEG:1"]);
  });

  it("classes, without what systems and pixscale put there", async () => {
    await files("a/1.png", "a/Thumbs.db", "b/1.png", "__MACOSX/a/1.png", "@eaDir/x/1.png", ".ipynb/1.png");
    await files("pixscale-runs/x/1.png", "run/model.json", "run/deep/1.png");
    // A class may hold such a file too.
    await files("b/model.json");
    const { classNames, notes } = await understood({ testSplit: 0 });
    expect([classNames, notes]).toEqual([
      ["a", "b"],
      ["2 classes", "1 file ignored: .json 1"],
    ]);
  });

  it("classes, with a count of the files that are no images", async () => {
    await files(
      "a/.2.png",
      "a/._1.png",
      "a/1.png",
      "a/1.HEIC",
      "a/2.heic",
      "b/1.png",
      "b/notes.md",
      "README",
    );
    const { notes } = await understood({ testSplit: 0 });
    expect(notes).toEqual([
      "2 classes",
      "5 files ignored: .heic 2, .md 1, hidden .png 1, without an ending 1",
    ]);
  });
});

describe("a table of labels", () => {
  const table = async (text: string) => {
    await writeFile(join(folder, "labels.csv"), text);
    return { labels: join(folder, "labels.csv") };
  };

  it("may list images by their path from the split's folder, and says what it lists in vain", async () => {
    await files("train/1.png", "train/2.png", "test/1.png");
    const options = await table("id,label\ntrain/1.png,a\ntrain/2,b\ntest/1,a\n3,a\n4.png,b\n");
    expect(await understood(options)).toMatchObject({
      train: ["train/1.png:0", "train/2.png:1"],
      test: ["test/1.png:0"],
      notes: [expect.any(String), '2 images listed in labels.csv not found, such as "3"'],
    });
  });

  it.each([
    [
      "one image twice, with other classes",
      "1,a\n1.png,b\n",
      /"1.png" and "1" name the same image, but not the same class; /,
    ],
    [
      "a name that two images have",
      "1,a\n2,b\n",
      /"1" could be ".*test.1\.png" or ".*train.1\.png"; list images by path/,
    ],
  ])("is refused with %s", async (_, text, message) => {
    await files("train/1.png", "train/2.png", "test/1.png");
    expect(await refusal(await table(`id,label\n${text}`))).toMatch(message);
  });
});

describe("a folder of images is refused", () => {
  it("if a split stands beside what could be a class, unless the layout is said", async () => {
    await files("train/a/1.png", "train/b/1.png", "cats/1.png");
    expect(await refusal()).toMatch(
      /: "train" could be a split, but "cats" next to it could be a class; `layout: splits` .* `layout: classes` /,
    );
    expect((await understood({ layout: "splits", testSplit: 0 })).classNames).toEqual(["a", "b"]);
    expect((await understood({ layout: "classes", testSplit: 0 })).classNames).toEqual(["cats", "train"]);
    expect((await understood({ layout: "flat" })).train).toHaveLength(3);
  });

  it("if classes have splits inside", async () => {
    await files("a/train/1.png", "a/test/1.png", "b/train/1.png", "b/test/1.png");
    expect(await refusal()).toMatch(/a: "train" and "test" in the folder of a class look like splits; put /);
  });

  it.each([
    [{ labelColumn: "a", testSplit: 0 }, "`labelColumn`: there is no table; "],
    [{ labelFrom: "name", layout: "classes" }, "`layout: classes`: the classes come from `labelFrom`; "],
  ] as const)("if settings contradict each other: %o", async (options, start) => {
    await files("a/1.png", "b/1.png");
    expect((await refusal(options)).startsWith(start)).toBe(true);
  });

  it("if two folders could be the same split", async () => {
    await files("train/a/1.png", "training/a/1.png");
    expect(await refusal()).toMatch(/both "train" and "training" could be the train images; /);
  });

  it("if it has test images only", async () => {
    await files("test/a/1.png", "val/a/1.png");
    expect(await refusal()).toMatch(/no training images next to it; .* `layout: classes` /);
  });

  it("if a class has test images only", async () => {
    await files("train/a/1.png", "test/b/1.png");
    expect(await refusal()).toMatch(/test\/b: a class without training images; /);
  });

  it("if its classes are images and their masks", async () => {
    await files("images/1.png", "masks/1.png");
    expect(await refusal()).toMatch(/"images" and "masks" look like images and their masks/);
  });

  it("if a table lists no image of it, or lacks a column", async () => {
    await files("1.png");
    await write("labels.csv", "id,breed\n9,pug\n");
    const labels = join(folder, "labels.csv");
    expect(await refusal({ labels })).toMatch(
      /no training image is listed in ".*labels\.csv"; .*`labelColumn`/,
    );
    expect(await refusal({ labels, labelColumn: "dog" })).toMatch(/no column "dog"; use one of id, breed/);
  });

  it("if a table gives an image two classes", async () => {
    await files("1.png");
    await write("labels.csv", "id,breed\n1,pug\n1,boxer\n");
    const message = await refusal({ labels: join(folder, "labels.csv") });
    expect(message).toMatch(/"1" has two classes, "pug" and "boxer"; /);
  });

  it("if test images would be drawn although it has some", async () => {
    await files("train/a/1.png", "train/b/1.png", "test/a/1.png");
    expect(await refusal({ testSplit: 0.5 })).toBe(
      "`testSplit`: there are test images in test/; leave the option out",
    );
  });
});
