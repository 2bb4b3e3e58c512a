import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, expect, it } from "vitest";
import { listZip, readMember } from "../../src/files/archives/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "pixscale-zip-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A zip archive of stored files, as PKWARE's APPNOTE describes it; `directory` says which files it lists, and how often. */
function zipOf(
  files: readonly (readonly [name: string, content: string])[],
  directory: readonly number[],
): Buffer {
  const locals: Buffer[] = [];
  const places: { offset: number; header: Buffer; name: Buffer }[] = [];
  let offset = 0;
  for (const [text, content] of files) {
    const [name, data] = [Buffer.from(text), Buffer.from(content)];
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt32LE(crc32(data), 14);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(data.length, 22);
    header.writeUInt16LE(name.length, 26);
    places.push({ offset, header, name });
    locals.push(header, name, data);
    offset += 30 + name.length + data.length;
  }
  const central = directory.map((index) => {
    const { offset: start, header, name } = places[index];
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    header.copy(entry, 6, 4, 30);
    entry.writeUInt32LE(start, 42);
    return Buffer.concat([entry, name]);
  });
  const size = central.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(central.length, 8);
  end.writeUInt16LE(central.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...central, end]);
}

it("files of a zip archive are read, unless they share bytes", async () => {
  const files = [
    ["a", "first"],
    ["b", "second"],
  ] as const;
  const path = join(folder, "a.zip");
  writeFileSync(path, zipOf(files, [0, 1]));
  const texts: string[] = [];
  for (const member of await listZip(path)) {
    for await (const chunk of readMember(member)) texts.push(Buffer.from(chunk).toString());
  }
  expect(texts).toEqual(["first", "second"]);
  writeFileSync(path, zipOf(files, [0, 1, 0]));
  await expect(listZip(path)).rejects.toThrow(/a\.zip: .*"a" and "a" overlap/);
});
