import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readTexts } from "../../../src/data/hdf5/texts.ts";
import { fixturesOf } from "../found.ts";

const groups = fixturesOf("arrays").path("groups.h5");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pixscale-texts-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("texts of variable length are those that h5py wrote", async () => {
  const texts = await readTexts(groups, "train/labels");
  expect(texts.map(String)).toEqual(["ant", "bee", "cat", "dog", "dog", "cat", "bee", "ant"]);
});

it("texts that the library never returns from are given up", async () => {
  const bytes = await readFile(groups);
  // An object of the heap that holds the texts claims to have no bytes.
  const heap = bytes.indexOf("GCOL");
  bytes[heap + 96] = 0;
  const path = join(folder, "groups.h5");
  await writeFile(path, bytes);
  await expect(readTexts(path, "train/labels", 2000)).rejects.toThrow(
    `${path}/train/labels: its texts cannot be read within 2 seconds; save or download it again`,
  );
});

it("a dataset that is none is refused", async () => {
  const path = join(folder, "x.h5");
  await writeFile(path, "not HDF5 at all");
  await expect(readTexts(path, "x")).rejects.toThrow(
    /^.*x\.h5: not a readable HDF5 file \(.*\); save or download it again$/,
  );
});
