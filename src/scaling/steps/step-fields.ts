import { type ImageShape, imageSize } from "../../data/dataset.ts";
import { AXES, type Axis, groupCount } from "../../statistics/axis.ts";
import type { WhiteningSpec } from "../whitening/whitening-spec.ts";
import { CONSTANT_RULES, type ConstantRule } from "./std.ts";

/** Reads the fields of a fitted step from JSON. Every reader ends with a PixscaleError if the field is not what it must be. */
export class StepFields {
  /** The step's own axis, or else the scaler's. */
  readonly axis: Axis;
  /** Values of one image. */
  readonly imageSize: number;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #groups: number;
  readonly #channels: number;
  readonly #refuse: (problem: string) => never;

  /** @param refuse throws an error about this step */
  constructor(fields: object, axis: Axis, shape: ImageShape, refuse: (problem: string) => never) {
    this.imageSize = imageSize(shape);
    this.#fields = fields as Record<string, unknown>;
    this.#refuse = refuse;
    this.axis = this.axisChoice().axis ?? axis;
    this.#groups = groupCount(this.axis, shape);
    this.#channels = shape.channels;
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

  /** The step's own axis, if it has one. */
  axisChoice(): { axis?: Axis } {
    const { axis } = this.#fields;
    if (axis === undefined) return {};
    const known = AXES.find((name) => name === axis);
    return known === undefined
      ? this.refuse(`must have an "axis" of ${AXES.join(", ")} (got ${JSON.stringify(axis)})`)
      : { axis: known };
  }

  /** Whether the numbers were given by the user. */
  isGiven(): boolean {
    return this.#fields.given === true;
  }

  /** The rule for values that are constant on train. Scalers of 0.1.0 do not have it: theirs was Keras'. */
  constantRule(): ConstantRule {
    const { constant = "keras" } = this.#fields;
    const known = CONSTANT_RULES.find((rule) => rule === constant);
    return known ?? this.refuse(`must have a "constant" of ${CONSTANT_RULES.join(" or ")}`);
  }

  /** One finite number, or one for each channel. */
  perChannel(name: string): Float64Array {
    const values = this.#fields[name];
    const fits = Array.isArray(values) && (values.length === 1 || values.length === this.#channels);
    if (!fits || !values.every(Number.isFinite)) {
      return this.refuse(`must have a list "${name}" of one number, or of ${this.#channels}`);
    }
    return Float64Array.from(values);
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
    return this.spread("std");
  }

  /** A statistic along the axis that is 0 or more. */
  spread(name: string): Float64Array {
    const values = this.statistic(name);
    return values.every((value) => value >= 0) ? values : this.refuse(`has a negative "${name}"`);
  }

  /** A list of finite numbers. */
  list(name: string): number[] {
    const values = this.#fields[name];
    if (Array.isArray(values) && values.every(Number.isFinite)) return values;
    return this.refuse(`must have a list "${name}" of numbers`);
  }

  /** The epsilon of a whitening, and how many components it keeps, if not all. */
  whitening(): WhiteningSpec {
    const epsilon = this.number("epsilon");
    if (epsilon < 0) return this.refuse(`must have an "epsilon" of 0 or more`);
    if (this.#fields.components === undefined) return { epsilon };
    const components = this.number("components");
    if (Number.isInteger(components) && components >= 1) return { epsilon, components };
    return this.refuse(`must have "components" of 1 or more`);
  }

  /** A list of `count` finite numbers. */
  numbers(name: string, count: number): number[] {
    const values = this.#fields[name];
    if (Array.isArray(values) && values.length === count && values.every(Number.isFinite)) return values;
    return this.refuse(`must have a list "${name}" of ${count} numbers`);
  }
}
