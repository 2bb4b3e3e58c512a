import { SETTINGS } from "../errors.ts";

/** Settings whose flag is not simply their name. */
const FLAGS: Readonly<Record<string, string>> = {
  cache: "--no-cache",
  color: "--color-mode",
  initial: "--init-from",
};

const SETTING = new RegExp(`\`(${SETTINGS.join("|")})(?:: ([^\`]*))?\``, "g");

/** A text of the library in the words of the command line: `batchSize: 64` becomes --batch-size 64. */
export function withFlags(text: string): string {
  return text.replace(SETTING, (_, name: string, value?: string) => {
    const flag = flagOf(name);
    return value === undefined ? flag : `${flag} ${value}`;
  });
}

/** The flag of a setting: --batch-size of batchSize. */
export function flagOf(name: string): string {
  return FLAGS[name] ?? `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
