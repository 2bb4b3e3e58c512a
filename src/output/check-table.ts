import chalk from "chalk";
import { table } from "./table.ts";

/** One check of the installation; optional if the default work does not need it. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly optional: boolean;
  readonly detail: string;
  readonly remedy: string | undefined;
}

/** The checks as a table, each problem with its remedy. */
export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map(({ name, ok, optional, detail, remedy }) => [
    name,
    ok ? chalk.green("ok") : optional ? chalk.yellow("missing, optional") : chalk.red("not ok"),
    ok || remedy === undefined ? detail : `${detail}\n${remedy}`,
  ]);
  return table(["check", "state", "details"], rows, { textColumns: 3, wraps: "details" });
}
