import { readFileSync } from "node:fs";
import { Job } from "kubernetes-models/batch/v1/Job";
import { expect, it } from "vitest";
import { parse } from "yaml";

const manifest = () =>
  parse(readFileSync(new URL("../../examples/kubernetes/compare.yaml", import.meta.url), "utf8"));

it("the manifest follows Kubernetes' published schema of a Job", () => {
  expect(() => new Job(manifest()).validate()).not.toThrow();
  const wrong = manifest();
  wrong.spec.completions = "four";
  expect(() => new Job(wrong).validate()).toThrow(/completions/);
});
