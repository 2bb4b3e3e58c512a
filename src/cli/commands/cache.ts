import { Command } from "commander";
import { cacheFolder, listCache, removeEntries } from "../../data/cache/cache-folder.ts";
import { bytesText } from "../../files/bytes-text.ts";
import { nameText } from "../../output/format.ts";
import { table } from "../../output/table.ts";
import { type CommonOptions, printResult } from "../output.ts";

interface CacheOptions extends CommonOptions {
  readonly clear?: boolean;
}

/** `pixscale cache`: what is kept of decoded datasets. */
export function cacheCommand(): Command {
  return new Command("cache").option("--clear", "remove them all").action(runCache);
}

function runCache(options: CacheOptions): void {
  const folder = cacheFolder();
  const entries = listCache(folder);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (options.clear) removeEntries(entries);
  const document = { folder, bytes, entries, ...(options.clear && { cleared: true }) };
  printResult(options, "cache", document, () => {
    if (entries.length === 0) return `${folder} is empty`;
    const count = `${entries.length} dataset${entries.length === 1 ? "" : "s"}, ${bytesText(bytes)}`;
    if (options.clear) return `removed ${count} from ${folder}`;
    const rows = entries.map(({ data = "(unfinished)", bytes: size, written }) => [
      nameText(data),
      written.toISOString().slice(0, 16).replace("T", " "),
      bytesText(size),
    ]);
    return `${table(["data", "written", "size"], rows, { textColumns: 2, giveWay: ["written"] })}\n${count} in ${folder}; --clear removes all`;
  });
}
