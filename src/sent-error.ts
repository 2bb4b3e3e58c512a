import { PixscaleError, UsageError } from "./errors.ts";

/** An error that can be sent between threads and processes. */
export interface SentError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly known: Pick<PixscaleError, "subject" | "problem" | "remedy" | "exitStatus"> | undefined;
}

/** Prepares an error for sending; fields of a `PixscaleError` are kept. */
export function toSent(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof PixscaleError)) return { message, stack, known: undefined };
  const { subject, problem, remedy, exitStatus } = error;
  return { message, stack, known: { subject, problem, remedy, exitStatus } };
}

/** Restores a sent error: a `PixscaleError` if it was one, with the original message and stack as its cause. */
export function fromSent({ message, stack, known }: SentError): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (known === undefined) return cause;
  const { subject, problem, remedy, exitStatus } = known;
  const restored =
    exitStatus === 2 ? new UsageError(subject, problem, remedy) : new PixscaleError(subject, problem, remedy);
  return Object.assign(restored, { cause });
}
