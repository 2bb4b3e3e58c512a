import { describe, expect, it } from "vitest";
import { withFlags } from "../../src/cli/flags.ts";
import { SETTINGS, setting } from "../../src/errors.ts";

describe("the command line's words for a text of the library", () => {
  it.each([
    ["`batchSize: 64`", "--batch-size 64"],
    ["`batchSize`", "--batch-size"],
    ["lower `learningRate`, or use `scaling: center`", "lower --learning-rate, or use --scaling center"],
    ["`initial`", "--init-from"],
    ["`initial: runs/a`", "--init-from runs/a"],
    ["`shard: 1/2` and `merge`", "--shard 1/2 and --merge"],
  ])("write %s as %s", (text, expected) => {
    expect(withFlags(text)).toBe(expected);
  });

  it.each([
    "`batch`",
    "`batchSizes`",
    "`npm ci`",
    "batchSize",
    "batchSize: 64",
    "`model.json`: no `weights`",
  ])("leave %s alone", (text) => {
    expect(withFlags(text)).toBe(text);
  });

  it.each(SETTINGS)("have a flag for %s", (name) => {
    expect(withFlags(setting(name))).toMatch(/^--[a-z]+(-[a-z]+)*$/);
    expect(withFlags(setting(name, 3))).toBe(`${withFlags(setting(name))} 3`);
  });
});
