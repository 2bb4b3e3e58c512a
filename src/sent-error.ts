import { PixscaleError } from "./errors.ts";

/** An error in a form that can be sent between threads and processes. */
export interface SentError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly known: Pick<PixscaleError, "subject" | "problem" | "remedy" | "exitStatus"> | undefined;
}

export function toSent(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof PixscaleError)) return { message, stack, known: undefined };
  const { subject, problem, remedy, exitStatus } = error;
  return { message, stack, known: { subject, problem, remedy, exitStatus } };
}

/** The error that was sent; one the user can act on again is a `PixscaleError`. */
export function fromSent({ message, stack, known }: SentError): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (known === undefined) return cause;
  const { subject, problem, remedy, exitStatus } = known;
  return new PixscaleError(subject, problem, remedy, { exitStatus, cause });
}
