/** A part of a page: already HTML, so it is not escaped again. */
export interface Html {
  readonly html: string;
}

/** HTML from a template whose inserted texts are escaped; inserted HTML and lists of it are not. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[])[]
): Html {
  const inserted = values.map((value) => {
    if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
    return "html" in value ? value.html : value.map((each) => each.html).join("\n");
  });
  return { html: parts.reduce((text, part, i) => text + inserted[i - 1] + part) };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** A section with a heading. */
export function section(title: string, ...content: readonly Html[]): Html {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

/** A picture with a caption; wide ones keep the width of a phone and grow with the screen. */
export function figure(picture: Html, caption: string): Html {
  return html`<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}

/** A table that scrolls sideways if it is wider than the screen. @param label what it shows, for screen readers */
export function htmlTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): Html {
  const cell = (text: string, column: number) =>
    column < textColumns ? html`<td>${text}</td>` : html`<td class="number">${text}</td>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head.map((name, column) => html`<th scope="col" class="${column < textColumns ? "text" : "number"}">${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
</table></div>`;
}

/** A whole page in one file, without scripts and without anything from the network. */
export function page(title: string, ...content: readonly Html[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ html: STYLE }}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.html;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #55555e; --paper: #fff; --line: #d5d5dc; --panel: #f4f4f7; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --soft: #b3b3bd; --paper: #17171b; --line: #3a3a42; --panel: #222228; }
}
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h3 { font-size: 1rem; overflow-wrap: anywhere; }
p, li { max-width: 46rem; overflow-wrap: anywhere; }
.answer { background: var(--panel); border-left: 4px solid #009e73; padding: .75rem 1rem; }
.answer p { margin: .25rem 0; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 34rem; height: auto; }
figcaption { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
.number { text-align: right; }
pre { background: var(--panel); padding: .75rem; overflow-x: auto; font-size: .85rem; }
code { font-family: ui-monospace, monospace; }
.images { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; list-style: none; }
.images li { width: 9rem; font-size: .8rem; }
.images img { width: 100%; height: auto; image-rendering: pixelated; background: var(--panel); }
.images li { overflow-wrap: anywhere; }
.small li { width: 6.5rem; }
.classes { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 0 1.5rem; }
.classes h3, .classes .images { margin: .25rem 0; }
.classes .images { flex-wrap: nowrap; gap: .5rem; }
.classes li { width: 5.5rem; flex: 0 1 auto; }
.images .smooth { image-rendering: auto; }
@media print {
  :root { --ink: #000; --soft: #444; --paper: #fff; --line: #bbb; --panel: #f4f4f4; }
  main { max-width: none; padding: 0; }
  section, figure, tr { break-inside: avoid; }
  .scroll, pre { overflow: visible; white-space: pre-wrap; }
  th, td { white-space: normal; }
}
`;
