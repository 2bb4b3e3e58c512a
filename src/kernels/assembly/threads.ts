import { Control } from "../tables";
import { word } from "./table-access";

/** How threads wait for each other: spinning briefly, because phases end almost together, then sleeping. */

const SPINS = 10000;

/** Waits until the word at `address` differs from `seen`; returns its new value. */
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
 * Returns once every thread has arrived, or as soon as one has failed: whoever marks a failure then increments the generation,
 * which wakes the threads that wait here.
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
