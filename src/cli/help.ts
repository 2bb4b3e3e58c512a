import { fileURLToPath } from "node:url";
import { type Command, Help } from "commander";
import { packageFile } from "../built.ts";
import { DATASET_NAMES } from "../data/named/names.ts";
import { COMMANDS } from "./commands.ts";
import { READING_GROUP } from "./options/reading-group.ts";

/** Where the guide is installed. */
const GUIDE = fileURLToPath(packageFile("docs/guide.md"));

const EXIT_STATUS = [
  "Exit status:",
  "  0         done",
  "  1         the data or the run failed, or --fail-under was not met",
  "  2         the command line is wrong",
  "  129, 130, 143  interrupted: the terminal closed, Ctrl-C, SIGTERM",
].join("\n");

/** Command lines to start from. */
const EXAMPLES = [
  "stats",
  "preview mnist-mini",
  "train mnist-mini --scaling standardize",
  "compare mnist-mini --until-decided",
  "help compare",
];

/** Adds to a command's help what its options do not say: examples, datasets, exit statuses and where the guide is. */
export function addHelp(command: Command): Command {
  const isProgram = command.parent === null;
  const examples = isProgram ? EXAMPLES : (COMMANDS[command.name()]?.examples ?? []);
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
