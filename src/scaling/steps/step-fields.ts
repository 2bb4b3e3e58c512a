import { type ImageShape, imageSize } from "../../data/dataset.ts";
import { type Axis, groupCount } from "../../statistics/axis.ts";

/** Reads the fields of a fitted step from JSON. Every reader ends with a PixscaleError if the field is not what it must be. */
export class StepFields {
  readonly axis: Axis;
  /** Values of one image. */
  readonly imageSize: number;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #groups: number;
  readonly #refuse: (problem: string) => never;

  /** @param refuse throws an error about this step */
  constructor(fields: object, axis: Axis, shape: ImageShape, refuse: (problem: string) => never) {
    this.axis = axis;
    this.imageSize = imageSize(shape);
    this.#fields = fields as Record<string, unknown>;
    this.#groups = groupCount(axis, shape);
    this.#refuse = refuse;
  }

  refuse(problem: string): never {
    return this.#refuse(problem);
  }

  number(name: string): number {
    const value = this.#fields[name];
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return this.refuse(`must have a number "${name}"`);
  }

  text(name: string): string {
    const value = this.#fields[name];
    return typeof value === "string" ? value : this.refuse(`must have a text "${name}"`);
  }

  /** A statistic along the axis: one finite number per group. */
  statistic(name: string): Float64Array {
    const values = this.#fields[name];
    const count = `${this.#groups} number${this.#groups === 1 ? "" : "s"}`;
    if (!Array.isArray(values) || values.length !== this.#groups || !values.every(Number.isFinite)) {
      return this.refuse(`must have a list "${name}" of ${count}`);
    }
    return Float64Array.from(values);
  }

  /** A standard deviation along the axis. */
  std(): Float64Array {
    const std = this.statistic("std");
    return std.every((value) => value >= 0) ? std : this.refuse(`has a negative "std"`);
  }
}
