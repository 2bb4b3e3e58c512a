/** What an error means for the process: the data or the run failed (1), or the command line is wrong (2). */
export type ExitStatus = 1 | 2;

/**
 * An error the user can act on. Its message reads `<subject>: <problem>; <remedy>`, one line, where the subject names
 * the file or flag.
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

/** A wrong option, argument or specification: exit status 2. */
export class UsageError extends PixscaleError {
  constructor(subject: string, problem: string, remedy: string) {
    super(subject, problem, remedy, { exitStatus: 2 });
  }
}
