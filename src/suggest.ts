/** Shorter words have too many others near them. */
const LEAST_LENGTH = 3;

/**
 * The choice that a wrong word was probably meant to be: the one with these initials (`lr`: learning-rate), one that differs in a single
 * letter or two swapped ones, the one with the longest common beginning, or the nearest by edit distance. Dashes in front do not count.
 *
 * @returns undefined if none is alike
 */
export function suggest(word: string, choices: readonly string[]): string | undefined {
  const bare = (text: string) => text.replace(/^-+/, "").toLowerCase();
  const wanted = bare(word);
  if (wanted === "") return undefined;
  const known = choices.map((choice) => {
    const name = bare(choice);
    return { choice, name, shared: commonBeginning(wanted, name), distance: editDistance(wanted, name) };
  });
  const best = (alike: typeof known, by: (each: (typeof known)[number]) => number) =>
    [...alike].sort((a, b) => by(a) - by(b) || b.shared - a.shared || a.name.length - b.name.length)[0]
      ?.choice;
  const initials = known.find(({ name }) => name.includes("-") && initialsOf(name) === wanted);
  if (initials !== undefined || wanted.length < LEAST_LENGTH) return initials?.choice;
  const enough = Math.max(LEAST_LENGTH, Math.ceil(wanted.length / 2));
  const near = known.filter(({ distance }) => distance <= Math.floor(wanted.length / 3));
  return (
    best(
      known.filter(({ distance }) => distance <= 1),
      () => 0,
    ) ??
    best(
      known.filter(({ shared }) => shared >= enough),
      ({ shared }) => -shared,
    ) ??
    best(near, ({ distance }) => distance)
  );
}

function initialsOf(name: string): string {
  return name
    .split("-")
    .map((part) => part[0])
    .join("");
}

function commonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours from one word to the other (Damerau and Levenshtein's distance, in the
 * restricted form: no letter is changed twice).
 */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(rows[i - 1][j] + 1, row[j - 1] + 1, substituted);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2][j - 2] + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length][b.length];
}
