const STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

let farewell: string | undefined;

/** What an interrupted command says last: how to go on. */
export function sayWhenInterrupted(line: string): void {
  farewell = line;
}

/**
 * Ctrl-C, SIGTERM and a terminal that closes end the process at once; code that writes files leaves none half-written. The handlers stay for the life of
 * the process, because a signal that is queued when its handler is removed would be lost. Long computations therefore run in
 * threads or let the event loop turn.
 */
export function endOnSignals(): void {
  for (const [signal, status] of Object.entries(STATUS)) {
    process.on(signal, () => {
      // A progress bar hides the cursor and switches off line wrap.
      if (process.stderr.isTTY) process.stderr.write("\x1b[?25h\x1b[?7h\n");
      if (farewell !== undefined) process.stderr.write(`${farewell}\n`);
      process.exit(status);
    });
  }
}
