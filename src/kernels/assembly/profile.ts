import { Control, Pass } from "../tables";
import { address, int } from "./table-access";

/** Milliseconds; imported from JavaScript. */
declare function now(): f64;

/** The time at which a measured pass begins, or 0 when nothing is measured. */
export function startTime(control: usize): f64 {
  return address(control, Control.profile) ? now() : 0;
}

/** Adds the milliseconds since `start` to the profile of a stage and pass; returns the time, where the next pass begins. */
export function record(control: usize, thread: i32, stage: i32, pass: i32, start: f64): f64 {
  const profile = address(control, Control.profile);
  if (!profile) return 0;
  const time = now();
  const cell = (thread * int(control, Control.stages) + stage) * Pass.count + pass;
  const at = profile + ((<usize>cell) << 3);
  store<f64>(at, load<f64>(at) + time - start);
  return time;
}
