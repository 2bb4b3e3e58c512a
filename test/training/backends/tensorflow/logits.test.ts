import { expect, it } from "vitest";
import { withoutSoftmax } from "../../../../src/training/backends/tensorflow/logits.ts";

const layer = (class_name: string, config: object) => ({ class_name, config });
const dense = (name: string, activation: string) => layer("Dense", { name, units: 2, activation });
const sequential = (...layers: object[]) => layer("Sequential", { name: "net", layers });

it.each<[string, unknown, unknown]>([
  [
    "the last layer's activation",
    sequential(dense("a", "softmax"), dense("b", "softmax")),
    sequential(dense("a", "softmax"), dense("b", "linear")),
  ],
  [
    "in the Keras converter's form",
    { model_config: sequential(dense("a", "softmax")) },
    { model_config: sequential(dense("a", "linear")) },
  ],
  [
    "in a list without a name",
    layer("Sequential", [dense("a", "softmax")]),
    layer("Sequential", [dense("a", "linear")]),
  ],
  ["nothing where outputs are linear", sequential(dense("a", "linear")), sequential(dense("a", "linear"))],
  [
    "a softmax layer",
    sequential(dense("a", "linear"), layer("Softmax", { name: "s", axis: 1, trainable: true })),
    sequential(
      dense("a", "linear"),
      layer("Activation", { name: "s", trainable: true, activation: "linear" }),
    ),
  ],
  [
    "the output of a graph, which need not be its last layer",
    layer("Functional", {
      layers: [{ ...dense("b", "softmax"), name: "b" }, dense("a", "softmax")],
      output_layers: [["b", 0, 0]],
    }),
    layer("Functional", {
      layers: [{ ...dense("b", "linear"), name: "b" }, dense("a", "softmax")],
      output_layers: [["b", 0, 0]],
    }),
  ],
  [
    "a model that is the last layer",
    sequential(dense("a", "relu"), sequential(dense("b", "softmax"))),
    sequential(dense("a", "relu"), sequential(dense("b", "linear"))),
  ],
])("withoutSoftmax removes %s", (_, topology, expected) => {
  const before = JSON.stringify(topology);
  expect(withoutSoftmax(topology)).toEqual({ topology: expected, logits: true });
  expect(JSON.stringify(topology)).toBe(before);
});

it.each([
  ["another activation", sequential(dense("a", "softmax"), dense("b", "sigmoid"))],
  ["a softmax over another axis", sequential(layer("Softmax", { name: "s", axis: 2 }))],
  ["no layers", sequential()],
  ["nothing", null],
])("withoutSoftmax leaves %s unchanged", (_, topology) => {
  expect(withoutSoftmax(topology)).toEqual({ topology, logits: false });
});
