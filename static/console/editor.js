// The policy editor: line numbers that keep up with typing, the place of the caret, jumps to a line.
const text = () => document.querySelector("[data-editor] textarea");

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
  if (e.target === text()) number(e.target);
});
document.addEventListener("selectionchange", () => {
  if (document.activeElement === text()) tellCaret(text());
});
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
