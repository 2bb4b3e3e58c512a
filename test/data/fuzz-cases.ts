import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, it } from "vitest";
import { expectReadOrRefused, type Target } from "./damage.ts";
import { encodeIdx, ramp } from "./idx/idx-encode.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

/** Files that the tests make, as fixtures would be large. */
const made = mkdtempSync(join(tmpdir(), "pixscale-fuzz-"));

function make(name: string, content: Uint8Array | string): string {
  const path = join(made, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function idxFolder(name: string, encode: (bytes: Uint8Array) => Uint8Array, ending: string): string {
  for (const split of ["train", "t10k"]) {
    make(`${name}/${split}-images-idx3-ubyte${ending}`, encode(encodeIdx([6, 5, 4], ramp(120))));
    make(
      `${name}/${split}-labels-idx1-ubyte${ending}`,
      encode(encodeIdx([6], Uint8Array.of(0, 1, 2, 0, 1, 2))),
    );
  }
  return join(made, name);
}

const cells = Array.from({ length: 16 }, (_, i) => i);
const csv = `label,${cells.map((i) => `pixel${i}`).join(",")}\n3,${cells}\n0,${cells}\n1,${cells}\n`;
const record = Buffer.alloc(3073, 7);

/** A file of each reader. */
const CASES: readonly (readonly [reader: string, target: Target])[] = [
  ["IDX", { data: idxFolder("idx", (bytes) => bytes, ""), file: "train-images-idx3-ubyte" }],
  ["gzip", { data: idxFolder("gzip", gzipSync, ".gz"), file: "train-images-idx3-ubyte.gz" }],
  ["npz", { data: fixture("arrays/half.npz") }],
  ["npz with several arrays", { data: fixture("arrays/beside.npz") }],
  ["npy", { data: fixture("arrays/sign-digits"), file: "X.npy" }],
  ["MATLAB 5", { data: fixture("arrays/svhn"), file: "train_32x32.mat" }],
  ["CIFAR-10", { data: join(make("cifar/data_batch_1.bin", record), ".."), file: "data_batch_1.bin" }],
  ["pickle", { data: fixture("tables/cifar-100-python"), file: "meta" }],
  ["CSV", { data: make("plain.csv", csv) }],
  ["CSV with quotes", { data: make("quoted.csv", csv.replace(/[^,\n]+/g, '"$&"')) }],
  ["CSV of lists", { data: fixture("tables/fer2013.csv") }],
  ["TSV in gzip", { data: fixture("tables/letters"), file: "letters_train.tsv.gz" }],
  ["parquet", { data: fixture("tables/fine.parquet") }],
  ["parquet with text", { data: fixture("tables/text.parquet") }],
  ["zip", { data: fixture("tables/photos.zip") }],
  ["tar.gz", { data: fixture("tables/gnu.tar.gz") }],
  [
    "tar",
    { data: make("shard.tar", gunzipSync(readFileSync(fixture("tables/shards/set-train-000000.tar.gz")))) },
  ],
];

/** HDF5's library stops for good at some damage, so that what follows is only refused; more mutations would prove nothing. */
const HDF5 = ["arrays/bool.h5", "arrays/utf-8.h5", "arrays/new.mat"];
const HDF5_MUTATIONS = 40;

/** Tests that a file of each reader, damaged so many times, is read or refused. */
export function fuzzReaders(mutations: number): void {
  describe("damaged data are read or refused:", () => {
    afterAll(() => rmSync(made, { recursive: true }));
    it.each(CASES)("%s", (_, target) => expectReadOrRefused(target, mutations));
    it.each(HDF5)("%s", (name) => expectReadOrRefused({ data: fixture(name) }, HDF5_MUTATIONS));
  });
}
