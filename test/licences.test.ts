import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const json = (path: string) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), "utf8"));

it("every dependency is listed with the licence that it declares", () => {
  const { dependencies, optionalDependencies } = json("package.json");
  const page = readFileSync(new URL("../docs/licences.md", import.meta.url), "utf8");
  const listed = new Map(
    [...page.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, name, licence]) => [name, licence]),
  );
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const { license, licenses } = json(`node_modules/${name}/package.json`);
    expect([name, listed.get(name)]).toEqual([name, license ?? licenses[0].type]);
  }
});

it("no script of a dependency runs when pixscale is installed", () => {
  const { packages } = json("package-lock.json") as {
    packages: Record<
      string,
      { hasInstallScript?: boolean; dev?: boolean; devOptional?: boolean; peer?: boolean }
    >;
  };
  const scripts = Object.entries(packages).filter(
    ([, { hasInstallScript, dev }]) => hasInstallScript && !dev,
  );
  expect(scripts.map(([path]) => path)).toEqual([]);
});
