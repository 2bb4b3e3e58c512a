import type { Command } from "commander";

/** What help says of a command, and how to load it: loading all takes half a second. */
export interface CommandEntry {
  readonly description: string;
  /** As in the first line of its help. */
  readonly usage: string;
  /** Command lines to start from. */
  readonly examples: readonly string[];
  readonly load: () => Promise<Command>;
}

/** The commands, in the order of `--help`. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  stats: {
    description: "show shape, labels, min, max, mean and std of each split",
    usage: "[data]",
    examples: [
      "stats photos",
      "stats photos --snippet torchvision",
      "stats photos --size 64x64 --html sheet.html",
      "stats --scaling normalize+center --save scaler.json",
    ],
    load: async () => (await import("./commands/stats.ts")).statsCommand(),
  },
  normalize: {
    description: "multiply by a factor, 1/255 by default, and show the scaled batches and splits",
    usage: "[data]",
    examples: ["normalize", "normalize mnist-mini --rescale 1/127.5"],
    load: async () => (await import("./commands/normalize.ts")).normalizeCommand(),
  },
  center: {
    description: "subtract the mean of the training split, and show the scaled batches and splits",
    usage: "[data]",
    examples: ["center photos --size 64x64 --axis channel", "center mnist-mini --samplewise"],
    load: async () => (await import("./commands/center.ts")).centerCommand(),
  },
  standardize: {
    description:
      "subtract the mean and divide by the standard deviation of the training split, and show the scaled batches and splits",
    usage: "[data]",
    examples: ["standardize photos --size 64x64 --axis channel", "standardize mnist-mini --save scaled.npz"],
    load: async () => (await import("./commands/standardize.ts")).standardizeCommand(),
  },
  whiten: {
    description:
      "subtract the mean and decorrelate the values by ZCA of the training split, and show the scaled batches and splits",
    usage: "[data]",
    examples: ["whiten mnist-mini", "whiten mnist-mini --epsilon 1e-2 --save whitened.npy"],
    load: async () => (await import("./commands/whiten.ts")).whitenCommand(),
  },
  preview: {
    description: "show images of each class before and after each scaling, in the terminal or as a picture",
    usage: "[data]",
    examples: [
      "preview mnist-mini --scalings standardize,zca",
      "preview --image 17",
      "preview photos --size 64x64 --save grid.png",
    ],
    load: async () => (await import("./commands/preview.ts")).previewCommand(),
  },
  apply: {
    description: "scale images with a saved scaler, or turn scaled images back into pixels",
    usage: "<scaler> [data]",
    examples: [
      "apply scaler.json photos --save scaled.npz",
      "apply scaler.json scaled.npz --inverse --save pixels.npz",
    ],
    load: async () => (await import("./commands/apply.ts")).applyCommand(),
  },
  train: {
    description: "train the reference CNN under a scaling and evaluate it on the test split",
    usage: "[data]",
    examples: [
      "train --scaling standardize --epochs 3 --save run",
      "train photos --size 64x64 --validation-split 10%",
    ],
    load: async () => (await import("./commands/train.ts")).trainCommand(),
  },
  evaluate: {
    description: "show loss, accuracy and confusion table of a model that train --save wrote",
    usage: "<dir> [data]",
    examples: ["evaluate run", "evaluate run photos --split train"],
    load: async () => (await import("./commands/evaluate.ts")).evaluateCommand(),
  },
  compare: {
    description: "train every scaling with every seed and say which are worse, as good, or undecided",
    usage: "[data]",
    examples: [
      "compare --until-decided --epochs 1",
      "compare mnist-mini --scalings normalize,zca --until-decided",
      "compare mnist-mini --vary learning-rate=1e-4,1e-3 --out runs",
    ],
    load: async () => (await import("./commands/compare.ts")).compareCommand(),
  },
  report: {
    description: "show the comparison from finished runs, in one or more folders",
    usage: "<dirs...>",
    examples: [
      "report runs",
      "report runs --html report.html",
      "report runs --target 98% --export-markdown report.md",
    ],
    load: async () => (await import("./commands/report.ts")).reportCommand(),
  },
  check: {
    description: "read every file of experiments and saved models, and say whether all are whole",
    usage: "<dirs...>",
    examples: ["check runs", "check model", "check runs model --json"],
    load: async () => (await import("./commands/check.ts")).checkCommand(),
  },
  datasets: {
    description: "list the datasets that are known by name, where they are, and how to get the others",
    usage: "",
    examples: ["datasets", "datasets --json"],
    load: async () => (await import("./commands/datasets.ts")).datasetsCommand(),
  },
  cache: {
    description: "list the decoded datasets that are kept on disk, or remove them",
    usage: "",
    examples: ["cache", "cache --clear"],
    load: async () => (await import("./commands/cache.ts")).cacheCommand(),
  },
  doctor: {
    description: "check the installation and show how to fix problems",
    usage: "",
    examples: ["doctor"],
    load: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  },
  completion: {
    description: "print a script that completes commands and options in a shell",
    usage: "<shell>",
    examples: [
      "completion bash > ~/.local/share/bash-completion/completions/pixscale",
      "completion fish > ~/.config/fish/completions/pixscale.fish",
    ],
    load: async () => (await import("./commands/completion.ts")).completionCommand(),
  },
};
