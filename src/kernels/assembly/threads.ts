import { Control } from "../tables";

/** How threads meet. Waiting spins briefly, for phases end almost together, then sleeps in the kernel. */

const SPINS = 10000;

/** Address of a word of a table. */
export function word(table: usize, index: i32): usize {
  return table + ((<usize>index) << 2);
}

/** Returns when the word at `address` is no longer `seen`; its new value. */
export function waitForChange(address: usize, seen: i32): i32 {
  for (let i = 0; i < SPINS; i++) {
    const value = atomic.load<i32>(address);
    if (value !== seen) return value;
  }
  while (true) {
    const value = atomic.load<i32>(address);
    if (value !== seen) return value;
    atomic.wait<i32>(address, seen, -1);
  }
}

/**
 * Every thread waits here until all have come. Once a thread has failed nobody waits: who marks the failure raises the
 * generation afterwards, which wakes those who do.
 */
export function barrier(control: usize): void {
  const generation = word(control, Control.generation);
  const seen = atomic.load<i32>(generation);
  if (hasFailed(control)) return;
  const arrived = word(control, Control.arrived);
  if (atomic.add<i32>(arrived, 1) + 1 === load<i32>(word(control, Control.threads))) {
    atomic.store<i32>(arrived, 0);
    atomic.add<i32>(generation, 1);
    atomic.notify(generation, -1);
  } else {
    waitForChange(generation, seen);
  }
}

/** Whether a thread has trapped; the others stop as soon as they see it. */
export function hasFailed(control: usize): bool {
  return atomic.load<i32>(word(control, Control.failed)) !== 0;
}
