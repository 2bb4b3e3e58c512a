import { Command } from "commander";
import { SPLITS, type SplitName } from "../../data/dataset.ts";
import { readJson } from "../../files/json.ts";
import { scalingTables } from "../../output/scaling-tables.ts";
import { measureBatches } from "../../scaling/measure-scaled.ts";
import { formatScaling } from "../../scaling/parse.ts";
import { Scaler } from "../../scaling/scaler.ts";
import { addDataOptions, type DataFlags } from "../options/data.ts";
import { choiceOption, pathOption } from "../options/kinds.ts";
import { type CommonOptions, printResult, tell } from "../output.ts";
import { readDataset } from "../read-data.ts";
import { meansOf, saver, splitDocument } from "../scaled-splits.ts";
import { requireFinite, warnOnPixels } from "../warnings.ts";

interface ApplyOptions extends CommonOptions, DataFlags {
  readonly inverse?: boolean;
  readonly save?: string;
  readonly split?: SplitName;
}

/** `pixscale apply`: a saved scaler on other images, or scaled images back to pixels. */
export function applyCommand(): Command {
  const command = new Command("apply").argument(
    "<scaler>",
    "JSON file that stats --save or train --save wrote",
  );
  return addDataOptions(command)
    .option("--inverse", "undo the scaling: the data are scaled images")
    .addOption(
      pathOption("--save <file>", "write the images: .npy, .npz with labels, or a folder/ of PNG files"),
    )
    .addOption(
      choiceOption("--split <name>", "which split to save (default: train as .npy, else both)", SPLITS),
    )
    .action(runApply);
}

async function runApply(file: string, data: string, options: ApplyOptions): Promise<void> {
  const { inverse = false } = options;
  const scaler = Scaler.fromJSON(await readJson(file), file);
  const scaling = inverse ? scaler.inverse() : scaler;
  const save = options.save === undefined ? undefined : saver(options.save, [file, data], options.split);
  const dataset = await readDataset(data, options);
  if (!inverse) warnOnPixels(options, scaler, dataset.train);
  if (save !== undefined) {
    tell(options, await save(dataset, scaling));
  }
  const train = await measureBatches(dataset.train, scaling, {});
  const test = dataset.test.count > 0 ? await measureBatches(dataset.test, scaling, {}) : undefined;
  const splits = { train, ...(test && { test }) };
  const document = {
    data,
    scaling: formatScaling(scaler.steps),
    inverse,
    splits: Object.fromEntries(Object.entries(splits).map(([name, split]) => [name, splitDocument(split)])),
  };
  printResult(options, "apply", document, () => scalingTables(dataset, scaler, splits, inverse));
  requireFinite(data, meansOf(splits));
}
