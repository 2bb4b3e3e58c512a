import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { here } from "./here.ts";
import { temporaryFolder } from "./run.ts";

const MINI = "mnist-mini";
const CONSTANT =
  /^warning: .*\d+ of 784 pixels are constant on train; any other value there is divided by 1$/m;
const SHORT = ["--limit", "64", "--limit-test", "32", "--epochs", "1"];

describe("what train says of the range of the data", () => {
  it("compare says, too, once for all seeds of a scaling", async () => {
    const axis = ["--axis", "pixel"];
    const { stderr } = await here("train", MINI, ...SHORT, "--scaling", "standardize", ...axis);
    expect(stderr).toMatch(CONSTANT);
    const out = join(temporaryFolder(), "runs");
    const scalings = ["--scalings", "standardize,gamma=2", "--seeds", "2", "--out", out];
    const compared = await here("compare", MINI, ...SHORT, ...scalings, ...axis);
    expect(compared.stderr.match(new RegExp(CONSTANT, "gm"))).toHaveLength(1);
    expect(compared.stderr).toMatch(/^warning: standardize: \d+ of 784 pixels/m);
    expect(compared.stderr.match(/gamma is meant for values from 0 to 1/g)).toHaveLength(1);
  });

  it("evaluate says, too, and that the data are in other units than in training", async () => {
    const folder = temporaryFolder();
    const [model, floats] = [join(folder, "m"), join(folder, "f.npz")];
    await here("normalize", MINI, "--save", floats);
    await here("train", MINI, ...SHORT, "--scaling", "normalize", "--save", model);
    const { stderr } = await here("evaluate", model, floats);
    expect(stderr).toMatch(/^warning: no pixel is above 1, and normalize multiplies them by 1\/255; /m);
    expect(stderr).toMatch(
      /^warning: the pixels of test go from 0\.000 to 1\.000, but the model was trained on pixels from 0\.000 to 255\.000; /m,
    );
    expect((await here("evaluate", model, MINI)).stderr).toBe("");
    const scaler = join(model, "scaler.json");
    expect((await here("apply", scaler, floats)).stderr).toMatch(/^warning: no pixel is above 1/m);
    expect((await here("apply", scaler, floats, "--inverse")).stderr).toBe("");
  });
});

it("train and compare say how --limit chooses its images", async () => {
  const line = "64 of 2,000 training images and 32 of 500 test images, drawn at random, class by class; ";
  expect((await here("train", MINI, ...SHORT)).stderr).toContain(line);
  const out = join(temporaryFolder(), "runs");
  const compared = await here("compare", MINI, ...SHORT, "--scalings", "none", "--seeds", "1", "--out", out);
  expect(compared.stderr).toContain(line);
  expect((await here("train", MINI, "--limit", "2000", "--epochs", "1")).stderr).not.toContain("drawn");
});
