import type * as tfjs from "@tensorflow/tfjs";
import { ADAM_DEFAULTS } from "../../../engine/adam-options.ts";
import type { BackendState } from "../backend.ts";
import type { TensorFlow } from "./load.ts";

const { beta1: BETA1, beta2: BETA2, epsilon: EPSILON } = ADAM_DEFAULTS;

/**
 * Adam as Keras computes it. `tf.train.adam` adds epsilon to the root of the *corrected* second moment, which makes epsilon up to
 * 30 times smaller in the first steps and gives other results where gradients are tiny.
 */
export class Adam {
  readonly #tf: TensorFlow;
  readonly #learningRate: number;
  readonly #moments: readonly { readonly first: tfjs.Variable; readonly second: tfjs.Variable }[];
  #steps = 0;

  /** @param shapes of the weights, in the order `update` takes them */
  constructor(tf: TensorFlow, learningRate: number, shapes: readonly (readonly number[])[]) {
    this.#tf = tf;
    this.#learningRate = learningRate;
    const zeros = (shape: readonly number[]) => tf.tidy(() => tf.variable(tf.zeros([...shape]), false));
    this.#moments = shapes.map((shape) => ({ first: zeros(shape), second: zeros(shape) }));
  }

  /** One step: the new value of each weight, given its value and its gradient. */
  update(weights: readonly tfjs.Tensor[], gradients: readonly tfjs.Tensor[]): tfjs.Tensor[] {
    const tf = this.#tf;
    const step = ++this.#steps;
    const rate = (this.#learningRate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step);
    return weights.map((weight, i) =>
      tf.tidy(() => {
        const gradient = gradients[i];
        const { first, second } = this.#moments[i];
        first.assign(first.mul(BETA1).add(gradient.mul(1 - BETA1)));
        second.assign(second.mul(BETA2).add(gradient.square().mul(1 - BETA2)));
        return weight.sub(first.mul(rate).div(second.sqrt().add(EPSILON)));
      }),
    );
  }

  /** A copy of the moments and the number of steps. */
  state(): Omit<BackendState, "weights"> {
    const values = (which: "first" | "second") => this.#moments.map((moments) => moments[which].dataSync());
    return { moments1: values("first"), moments2: values("second"), steps: this.#steps };
  }

  setState({ moments1, moments2, steps }: Omit<BackendState, "weights">): void {
    this.#moments.forEach(({ first, second }, i) => {
      this.#tf.tidy(() => {
        first.assign(this.#tf.tensor(moments1[i], first.shape));
        second.assign(this.#tf.tensor(moments2[i], second.shape));
      });
    });
    this.#steps = steps;
  }

  dispose(): void {
    for (const { first, second } of this.#moments) this.#tf.dispose([first, second]);
  }
}
