import { SETTINGS, type SettingName, setting } from "../errors.ts";
import type { ExperimentIdentity } from "../experiment/identity.ts";
import { withFlags } from "./flags.ts";
import { type DataFlags, RESIZE_OPTIONS } from "./options/data.ts";

/** The command line of `compare` that repeats an experiment. */
export function compareCommandLine({
  data,
  shared,
  dimensions,
  reading,
  initFrom,
}: ExperimentIdentity): string {
  const { scaling, seed, ...varied } = dimensions;
  const one = Object.entries(varied).filter(([, values]) => values.length === 1);
  const several = Object.entries(varied).filter(([, values]) => values.length > 1);
  const settings = Object.entries({ ...shared, ...Object.fromEntries(one) });
  const flags = settings.flatMap(([name, value]) => flag(name, Array.isArray(value) ? value[0] : value));
  return [
    "npx pixscale compare",
    quoted(data),
    `--scalings ${quoted(scaling.join(","))}`,
    `--seeds ${seed.every((each, i) => each === i) ? seed.length : seed.join(",")}`,
    ...several.map(
      ([name, values]) => `--vary ${withFlags(setting(name as SettingName)).slice(2)}=${values.join(",")}`,
    ),
    ...flags,
    ...readingFlags(reading ?? {}),
    ...(initFrom === undefined ? [] : [`--init-from ${quoted(initFrom)}`]),
  ].join(" ");
}

/** The command line of `stats` that writes a data sheet. */
export function dataSheetCommandLine(data: string, reading: DataFlags, page: string): string {
  return ["npx pixscale stats", quoted(data), ...readingFlags(reading), `--html ${quoted(page)}`].join(" ");
}

/** How data are read; what only matters for resizing is left out without a size. */
function readingFlags(reading: Partial<DataFlags>): string[] {
  const isResized = reading.size !== undefined;
  return Object.entries(reading)
    .filter(([name]) => isResized || !RESIZE_OPTIONS.some((each) => each === name))
    .flatMap(([name, value]) => {
      if (typeof value === "object") return flag(name, Object.values(value).join("x"));
      if (typeof value !== "boolean") return flag(name, value);
      const long = withFlags(setting(name as SettingName)).slice(2);
      return [value ? `--${long}` : `--no-${long}`];
    });
}

function flag(name: string, value: unknown): string[] {
  if (value === undefined || value === null || !SETTINGS.includes(name as SettingName)) return [];
  if (name === "shuffle") return value ? [] : ["--no-shuffle"];
  if (name === "validationSplit" && value === 0) return [];
  return [withFlags(setting(name as SettingName, quoted(String(value))))];
}

/** A word for a shell. */
function quoted(word: string): string {
  return /^[\w./=,:+@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
