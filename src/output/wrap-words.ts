/**
 * A text of one paragraph broken between words, so that lines have at most so many letters; a longer word stands alone.
 *
 * @param indent of all lines but the first, which has its own already
 */
export function wrapWords(text: string, width: number, indent = ""): string {
  const lines: string[] = [];
  let line = "";
  // Spaces at the beginning of the text are its own indent.
  for (const word of text.split(/(?<=\S) /)) {
    if (line === "") line = word;
    else if ([...line, ...word].length + 1 <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = `${indent}${word}`;
    }
  }
  return [...lines, line].join("\n");
}
