import type { Command } from "commander";
import { TRAIN_DEFAULTS, type TrainSettings } from "../../training/settings.ts";
import { addConstantOption } from "./constant.ts";
import {
  axisOption,
  backendOption,
  batchSizeOption,
  integerOption,
  numberOption,
  pathOption,
  threadsOption,
} from "./kinds.ts";

type Optional = "limit" | "limitTest" | "threads";

/** The options of all commands that train. */
export interface TrainingOptions
  extends Omit<TrainSettings, "scaling" | "seed" | Optional>,
    Partial<Pick<TrainSettings, Optional>> {
  readonly initFrom?: string;
}

/** Adds the options of all commands that train. */
export function addTrainingOptions(command: Command): Command {
  return addConstantOption(command)
    .addOption(axisOption())
    .addOption(
      integerOption("--epochs <n>", "passes over the training images").default(TRAIN_DEFAULTS.epochs),
    )
    .addOption(batchSizeOption())
    .addOption(
      numberOption("--learning-rate <rate>", "Adam's learning rate", { above: 0 }).default(
        TRAIN_DEFAULTS.learningRate,
      ),
    )
    .option("--shuffle", "reshuffle the images each epoch", true)
    .option("--no-shuffle", "keep the file order")
    .addOption(
      numberOption(
        "--validation-split <fraction>",
        "fraction of the training images held out for validation",
        {
          least: 0,
          below: 1,
        },
      ).default(TRAIN_DEFAULTS.validationSplit),
    )
    .addOption(integerOption("--limit <n>", "use only n training images, drawn at random class by class"))
    .addOption(integerOption("--limit-test <n>", "use only n test images, drawn likewise"))
    .addOption(backendOption())
    .addOption(threadsOption())
    .addOption(
      pathOption("--init-from <dir>", "start from the layers and weights of the model in this folder"),
    );
}
