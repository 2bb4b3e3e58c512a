import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadDataset } from "../../src/data/load.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-refused-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("data that are known but not read", () => {
  it.each([
    ["a.tfrecord", /TFRecord, which is not read; convert it: .*tfds/],
    ["mnist-train.tfrecord-00000-of-00001", /TFRecord/],
    ["a.tfrecords", /TFRecord/],
    ["data-00000-of-00001.arrow", /an Arrow file .*; .*to_parquet/],
    ["a.pt", /a PyTorch file, .*; .*numpy\.savez/],
    ["a.pkl", /a Python pickle, .*; .*numpy\.savez/],
    ["a.joblib", /a Python pickle, /],
    ["data.mdb", /an LMDB database, /],
    ["a.rar", /an archive of a kind that is not read; unpack it with 7z x/],
    ["a.7z", /unpack it with 7z x/],
  ])("are refused with a remedy, alone or in a folder: %s", async (name, message) => {
    const path = join(folder, name);
    await writeFile(path, "0123456789");
    await expect(loadDataset(path)).rejects.toThrow(message);
    await expect(loadDataset(folder)).rejects.toThrow(message);
  });

  it("are named in the folders of tensorflow_datasets", async () => {
    await mkdir(join(folder, "mnist", "3.0.1"), { recursive: true });
    await writeFile(join(folder, "mnist", "3.0.1", "mnist-train.tfrecord-00000-of-00001"), "");
    await expect(loadDataset(folder)).rejects.toThrow(/: no images, but .*: TFRecord, .*; convert it/);
  });

  it.each([
    ["https://a.b/c.zip", "curl -LO https://a.b/c.zip"],
    ["hf://datasets/ylecun/mnist", "hf download ylecun/mnist --repo-type dataset --local-dir data"],
    ["https://huggingface.co/datasets/a/b", "hf download a/b --repo-type dataset --local-dir data"],
    [
      "https://huggingface.co/datasets/a/b/resolve/main/c.parquet",
      "curl -LO https://huggingface.co/datasets/a/b/resolve/main/c.parquet",
    ],
    ["s3://a/b.csv", "aws s3 cp s3://a/b.csv ."],
    ["gs://a/b/", "gcloud storage cp -r gs://a/b/ ."],
  ])("are not downloaded, but the command is named: %s", async (url, command) => {
    await expect(loadDataset(url)).rejects.toThrow(
      `dataset: "${url}" is a URL, and nothing is downloaded; download it first: ${command}`,
    );
  });
});
