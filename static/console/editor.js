// The policy editor: line numbers and colours that keep up with typing, the place of the caret, jumps to a line.
const text = () => document.querySelector("[data-editor] textarea");

// The coloured copy behind the field comes with each check. Lines typed since then are plain, so that it always has the
// same text as the field.
function keepColours(area) {
  const copy = document.getElementById("editor-copy");
  const wanted = area.value.split("\n");
  const lines = [...copy.children];
  const same = (at, other) => lines[at].textContent === `${wanted[other]}\n`;
  const shorter = Math.min(lines.length, wanted.length);
  let head = 0;
  while (head < shorter && same(head, head)) head += 1;
  let tail = 0;
  while (tail < shorter - head && same(lines.length - 1 - tail, wanted.length - 1 - tail)) tail += 1;
  const plain = wanted.slice(head, wanted.length - tail).map((line) => {
    const span = document.createElement("span");
    span.textContent = `${line}\n`;
    return span;
  });
  lines.slice(head, lines.length - tail).forEach((line) => line.remove());
  copy.append(...plain, ...lines.slice(lines.length - tail));
  copy.parentElement.classList.add("is-coloured");
}

// A browser scrolls to the caret by the smallest possible way, which leaves the first characters of all lines hidden.
function showStart(area) {
  const around = area.parentElement;
  const column = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart).length;
  if (!around.scrollLeft) return;
  const width = Number.parseFloat(getComputedStyle(area).fontSize) * 0.65; // wider than a character of any monospaced font
  if ((column + 2) * width < around.clientWidth) around.scrollLeft = 0;
}

function number(area) {
  const list = document.getElementById("editor-lines");
  const count = area.value.split("\n").length;
  area.rows = count;
  while (list.children.length > count) list.lastElementChild.remove();
  while (list.children.length < count) {
    const item = document.createElement("li");
    item.textContent = list.children.length + 1;
    item.id = `line-${item.textContent}`;
    list.append(item);
  }
}

function tellCaret(area) {
  const before = area.value.slice(0, area.selectionStart).split("\n");
  const place = document.querySelector("[data-caret]");
  if (place) place.textContent = `Line ${before.length}, column ${before.at(-1).length + 1}`;
}

function goToLine(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  document.getElementById(`line-${line}`)?.scrollIntoView({ block: "center" });
  tellCaret(area);
}

document.addEventListener("input", (e) => {
  if (e.target !== text()) return;
  number(e.target);
  keepColours(e.target);
  showStart(e.target);
});
document.addEventListener("selectionchange", () => {
  if (document.activeElement !== text()) return;
  tellCaret(text());
  showStart(text());
});
// A check may answer what was typed before; a page that comes back has what was typed in it.
document.addEventListener("htmx:oobAfterSwap", () => text() && keepColours(text()));
document.addEventListener("htmx:afterSettle", () => text() && keepColours(text()));
addEventListener("pageshow", () => text() && keepColours(text()));
document.addEventListener("click", (e) => {
  const link = e.target.closest?.("[data-line]");
  if (!link || !text()) return;
  e.preventDefault();
  goToLine(text(), Number(link.dataset.line));
});
// After a button of the editor: its place may be gone, the document is what one goes on with.
document.addEventListener("htmx:afterSettle", (e) => {
  if (e.target.id === "editor" && !e.target.contains(document.activeElement)) text()?.focus({ preventScroll: true });
});
