import { fileURLToPath } from "node:url";
import { type Command, Help } from "commander";
import { DATASET_NAMES } from "../data/named/datasets.ts";

/** Where the guide is installed, next to `src` and `dist`. */
const GUIDE = fileURLToPath(new URL("../../docs/guide.md", import.meta.url));

/** The last group of options in help: most commands are used without them. */
export const READING_GROUP = "Reading data:";

const EXIT_STATUS = [
  "Exit status:",
  "  0         done",
  "  1         the data or the run failed, or --fail-under was not met",
  "  2         the command line is wrong",
  "  130, 143  interrupted by Ctrl-C or SIGTERM",
].join("\n");

/** Command lines to start from, by command; the empty name is the program. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "": [
    "stats",
    "preview mnist-mini",
    "train mnist-mini --scaling standardize",
    "compare mnist-mini --until-decided",
    "help compare",
  ],
  stats: [
    "stats photos",
    "stats photos --snippet torchvision",
    "stats photos --size 64x64 --html sheet.html",
    "stats --scaling normalize+center --save scaler.json",
  ],
  normalize: ["normalize", "normalize mnist-mini --rescale 1/127.5"],
  center: ["center photos --size 64x64 --axis channel", "center mnist-mini --samplewise"],
  standardize: ["standardize photos --size 64x64 --axis channel", "standardize mnist-mini --save scaled.npz"],
  whiten: ["whiten mnist-mini", "whiten mnist-mini --epsilon 1e-2 --save whitened.npy"],
  preview: [
    "preview mnist-mini --scalings standardize,zca",
    "preview --image 17",
    "preview photos --size 64x64 --save grid.png",
  ],
  apply: [
    "apply scaler.json photos --save scaled.npz",
    "apply scaler.json scaled.npz --inverse --save pixels.npz",
  ],
  train: [
    "train --scaling standardize --epochs 3 --save run",
    "train photos --size 64x64 --validation-split 10%",
  ],
  evaluate: ["evaluate run", "evaluate run photos --split train"],
  compare: [
    "compare --until-decided --epochs 1",
    "compare mnist-mini --scalings normalize,zca --until-decided",
    "compare mnist-mini --vary learning-rate=1e-4,1e-3 --out runs",
  ],
  report: [
    "report runs",
    "report runs --html report.html",
    "report runs --target 98% --export-markdown report.md",
  ],
  datasets: ["datasets", "datasets --json"],
  cache: ["cache", "cache --clear"],
  doctor: ["doctor"],
  completion: [
    "completion bash > ~/.local/share/bash-completion/completions/pixscale",
    "completion fish > ~/.config/fish/completions/pixscale.fish",
  ],
};

/** Adds to a command's help what its options do not say: examples, datasets, exit statuses and where the guide is. */
export function addHelp(command: Command): Command {
  const isProgram = command.parent === null;
  const examples = EXAMPLES[isProgram ? "" : command.name()] ?? [];
  const takesData = isProgram || command.registeredArguments.some((argument) => argument.name() === "data");
  const parts = [
    ...(isProgram ? [] : ["--no-color switches colour off."]),
    ...(examples.length > 0
      ? [["Examples:", ...examples.map((line) => `  pixscale ${line}`)].join("\n")]
      : []),
    ...(takesData ? [`Datasets: ${DATASET_NAMES.join(", ")}, or a path; see pixscale datasets.`] : []),
    EXIT_STATUS,
    `Guide: ${GUIDE}`,
  ];
  return command
    .addHelpText("after", `\n${parts.join("\n\n")}`)
    .configureHelp({ groupItems: groupsWithReadingLast });
}

/**
 * `help` and `help COMMAND` in the words of the flag, which every command answers.
 *
 * @param isCommand whether a name is a command's: a wrong one is left alone, so that it is refused
 */
export function helpAsFlag(args: readonly string[], isCommand: (name: string) => boolean): readonly string[] {
  const [first, name, ...rest] = args;
  if (first !== "help") return args;
  if (name === undefined || name.startsWith("-") || name === "help") return ["--help"];
  return isCommand(name) ? [name, ...rest, "--help"] : [name];
}

/** What a command does comes first, how data are read last. */
const groupsWithReadingLast: Help["groupItems"] = (unsorted, visible, groupOf) => {
  const groups = new Help().groupItems(unsorted, visible, groupOf);
  const reading = groups.get(READING_GROUP);
  if (reading === undefined) return groups;
  groups.delete(READING_GROUP);
  return groups.set(READING_GROUP, reading);
};
