import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Dataset, Split } from "../../src/data/dataset.ts";
import type { DataOptions } from "../../src/data/format.ts";
import { loadDataset } from "../../src/data/load.ts";
import { bytesOf } from "../../src/files/hash.ts";

export interface ExpectedSplit {
  readonly shape: readonly number[];
  /** SHA-256 of the values as float32, NHWC. */
  readonly sha256: string;
  readonly labels: readonly number[];
}

/** What other programs read from a fixture. */
export interface Expected {
  readonly type?: string;
  readonly train: ExpectedSplit;
  readonly test?: ExpectedSplit;
  readonly validation?: ExpectedSplit;
  readonly classNames?: readonly string[];
  readonly options?: DataOptions;
}

/** The fixtures of a folder and what is expected of them. */
export function fixturesOf(folder: "arrays" | "tables") {
  const path = (name: string) => fileURLToPath(new URL(`../../fixtures/${folder}/${name}`, import.meta.url));
  const { expected } = JSON.parse(readFileSync(path(`${folder}.json`), "utf8")) as {
    readonly expected: Readonly<Record<string, Expected>>;
  };
  return { path, expected };
}

/** Loads a fixture and compares all that is expected of it. */
export async function expectDataset(
  path: string,
  { type: _, options, ...splits }: Expected,
): Promise<Dataset<Split>> {
  const dataset = await loadDataset(path, options);
  const { train, test, validation, classNames } = dataset;
  expect({
    train: found(train),
    ...(splits.test && { test: found(test) }),
    ...(validation && { validation: found(validation) }),
    ...(splits.classNames && { classNames }),
  }).toEqual(splits);
  expect(test.count).toBe(splits.test?.labels.length ?? 0);
  return dataset;
}

function found({ pixels, labels, count, shape }: Split): ExpectedSplit {
  return {
    shape: [count, shape.height, shape.width, shape.channels],
    sha256: createHash("sha256")
      .update(bytesOf(Float32Array.from(pixels)))
      .digest("hex"),
    labels: [...labels],
  };
}
