/** What an error means for the process: the data or the run failed (1), or the command line is wrong (2). */
export type ExitStatus = 1 | 2;

/**
 * An error the user can act on. Its message is one line, `<subject>: <problem>; <remedy>`, whose subject names the file or
 * setting and whose problem reads on after the colon.
 */
export class PixscaleError extends Error {
  readonly subject: string;
  readonly problem: string;
  readonly remedy: string;
  readonly exitStatus: ExitStatus;

  constructor(
    subject: string,
    problem: string,
    remedy: string,
    options: { exitStatus?: ExitStatus; cause?: unknown } = {},
  ) {
    super(`${subject}: ${problem}; ${remedy}`, { cause: options.cause });
    this.name = new.target.name;
    this.subject = subject;
    this.problem = problem;
    this.remedy = remedy;
    this.exitStatus = options.exitStatus ?? 1;
  }
}

/** A wrong setting, argument or option: exit status 2. */
export class UsageError extends PixscaleError {
  constructor(subject: string, problem: string, remedy: string) {
    super(subject, problem, remedy, { exitStatus: 2 });
  }
}

/** The settings that errors and warnings name. */
export const SETTINGS = [
  "alpha",
  "antialias",
  "axis",
  "backend",
  "batchSize",
  "cache",
  "channels",
  "color",
  "depth",
  "epochs",
  "exif",
  "fit",
  "format",
  "icc",
  "imageColumn",
  "initial",
  "interpolation",
  "labelColumn",
  "labelFrom",
  "labels",
  "layout",
  "learningRate",
  "like",
  "limit",
  "limitTest",
  "margin",
  "maxMemory",
  "maxPixels",
  "maxSeeds",
  "merge",
  "scaler",
  "scaling",
  "scalings",
  "seed",
  "seeds",
  "shape",
  "shard",
  "shuffle",
  "size",
  "splitSeed",
  "strict",
  "testSplit",
  "transpose",
  "threads",
  "untilDecided",
  "validationSplit",
] as const;

export type SettingName = (typeof SETTINGS)[number];

/**
 * A setting as errors and warnings write it: `batchSize`, or with a value `batchSize: 64`, in backquotes. The command line turns
 * that into its flag, `--batch-size 64`, so that a user of the library and one of the command line both read their own words.
 */
export function setting(name: SettingName, value?: string | number): string {
  return value === undefined ? `\`${name}\`` : `\`${name}: ${value}\``;
}

/** A file's text or a library's message on one line, without the semicolon that separates problem and remedy. */
export function oneLine(text: string): string {
  return text
    .split(/[\n;]/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .join(", ");
}
