import type { Command, Option } from "commander";
import { DATASET_NAMES } from "../data/named/names.ts";
import { ChoiceOption } from "./options/kinds.ts";
import type { Shell } from "./shells.ts";

/** What a shell completes. */
interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Words for arguments; file names are completed too. */
  readonly words: readonly string[];
}

interface CompletedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  /** The words it takes, if there are few. */
  readonly choices: readonly string[];
}

/** The script that completes the commands, options and choices of a program in a shell. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map(describe);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](commands);
}

function describe(command: Command): CompletedCommand {
  const argument = command.registeredArguments[0];
  const isData = command.registeredArguments.some((each) => each.name() === "data");
  return {
    name: command.name(),
    description: command.description(),
    options: [
      ...command.options.filter(({ hidden }) => !hidden).map(describeOption),
      {
        long: "--help",
        short: "-h",
        description: "display help for command",
        takesValue: false,
        choices: [],
      },
    ],
    words: isData ? DATASET_NAMES : (argument?.argChoices ?? []),
  };
}

function describeOption(option: Option): CompletedOption {
  return {
    long: option.long ?? "",
    short: option.short,
    description: option.description,
    takesValue: option.required || option.optional,
    choices: option instanceof ChoiceOption ? option.words : (option.argChoices ?? []),
  };
}

function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ long, takesValue, choices }) =>
      takesValue ? [`    "${name} ${long}") values="${choices.join(" ")}" takes=1 ;;`] : [],
    ),
  );
  const flags = commands.map(
    ({ name, options, words }) =>
      `    ${name}) flags="${options.map(({ long }) => long).join(" ")}" words="${words.join(" ")}" ;;`,
  );
  return `# Completion of pixscale for bash: source this file, or put it where bash-completion looks for it.
_pixscale() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" flags= words= values= takes=
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} help --help --version" -- "$current"))
    return
  fi
  if [[ $command == help ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")}" -- "$current"))
    return
  fi
  case "$command \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join("\n")}
  esac
  if [[ $takes ]]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return
  fi
  case $command in
${flags.join("\n")}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
  fi
}
# Without a reply of its own, bash completes file names.
complete -o default -F _pixscale pixscale
`;
}

function zshScript(commands: readonly CompletedCommand[]): string {
  const text = (words: string) => words.replaceAll("'", "'\\''").replaceAll(/[[\]:]/g, "\\$&");
  const names = commands.map(({ name, description }) => `    '${name}:${text(description)}'`);
  const cases = commands.map(({ name, options, words }) => {
    const specs = options.flatMap(({ long, short, description, takesValue, choices }) => {
      const value = takesValue ? `:value:${choices.length > 0 ? `(${choices.join(" ")})` : "_files"}` : "";
      return [long, ...(short ? [short] : [])].map((flag) => `'${flag}[${text(description)}]${value}'`);
    });
    const rest = words.length > 0 ? `'*:data:{ compadd ${words.join(" ")}; _files }'` : "'*:file:_files'";
    return `    ${name}) _arguments ${[...specs, rest].join(" \\\n      ")} ;;`;
  });
  return `#compdef pixscale
# Completion of pixscale for zsh: put this file into a folder of $fpath, as _pixscale.
_pixscale() {
  local -a commands
  commands=(
${names.join("\n")}
    'help:show the help of a command'
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
    help) _describe command commands ;;
${cases.join("\n")}
  esac
}
if [[ $funcstack[1] == _pixscale ]]; then _pixscale "$@"; else compdef _pixscale pixscale; fi
`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const quoted = (words: string) => `'${words.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ name, description, options, words }) => {
    const here = `complete -c pixscale -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c pixscale -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...(words.length > 0 ? [`${here} -a ${quoted(words.join(" "))}`] : []),
      ...options.map(({ long, short, description: what, takesValue, choices }) => {
        const flag = `-l ${long.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}`;
        const value = takesValue ? (choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : " -r") : "";
        return `${here} ${flag}${value} -d ${quoted(what)}`;
      }),
    ];
  });
  return `# Completion of pixscale for fish: put this file into ~/.config/fish/completions.
complete -c pixscale -n __fish_use_subcommand -f -a help -d 'show the help of a command'
${lines.join("\n")}
`;
}
