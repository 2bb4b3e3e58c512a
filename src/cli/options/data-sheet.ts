import type { Option } from "commander";
import type { Dataset } from "../../data/dataset.ts";
import { datasetFingerprint } from "../../data/fingerprint.ts";
import { writeFiles } from "../../files/write.ts";
import type { DatasetSummary } from "../../statistics/summary.ts";
import { VERSION } from "../../version.ts";
import { dataSheetCommandLine } from "../command-line.ts";
import { type CommonOptions, tell } from "../output.ts";
import { type DataFlags, dataOptions } from "./data.ts";
import { pathOption } from "./kinds.ts";

export interface DataSheetOptions extends CommonOptions, DataFlags {
  readonly html?: string;
}

/** `--html` of `stats`. */
export function dataSheetOption(): Option {
  return pathOption(
    "--html <file>",
    "write a data sheet: classes, histograms, mean image, odd and equal images",
  );
}

/** Writes the data sheet that `--html` asks for. @throws what `dataPage` throws; PixscaleError if it cannot be written */
export async function writeDataSheet(
  dataset: Dataset,
  summary: DatasetSummary,
  options: DataSheetOptions,
): Promise<void> {
  const { html } = options;
  if (html === undefined) return;
  const { dataPage } = await import("../../export/html/data-page.ts");
  const text = await dataPage({
    dataset,
    summary,
    command: dataSheetCommandLine(dataset.name, dataOptions(options), html),
    fingerprint: datasetFingerprint(dataset),
    version: VERSION,
  });
  writeFiles(new Map([[html, text]]));
  tell(options, `wrote ${html}`);
}
