const STATUS = { SIGINT: 130, SIGTERM: 143 } as const;
const HANDLERS = Object.entries(STATUS).map(([signal, status]) => ({ signal, handle: () => end(status) }));

/** Ctrl-C and SIGTERM end the process at once; whoever writes files does so without leaving half of one. */
export function endOnSignals(): void {
  for (const { signal, handle } of HANDLERS) process.on(signal, handle);
}

/**
 * Does what keeps this thread busy for long without writing files: no handler could run, so signals end the process by themselves
 * meanwhile.
 *
 * @param work if it is asynchronous, only its part before the first `await` counts
 */
export function interruptible<T>(work: () => T): T {
  for (const { signal, handle } of HANDLERS) process.removeListener(signal, handle);
  try {
    return work();
  } finally {
    endOnSignals();
  }
}

function end(status: number): void {
  // A progress bar has hidden the cursor and switched off the wrapping of lines.
  if (process.stderr.isTTY) process.stderr.write("\x1b[?25h\x1b[?7h\n");
  process.exit(status);
}
