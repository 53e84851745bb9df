// Tables in the room they have. Wide: columns that do not fit fall away, and one button brings them back. Narrow: a card
// shows its first facts and everything that warns, and "More" shows the others. Without scripts all is shown, and scrolls.
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const narrow = matchMedia("screen and (max-width: 767.98px)");
const FACTS = 4;

const button = (className, words) => Object.assign(document.createElement("button"), { type: "button", className, textContent: words });

// Columns in the order in which they fall: those that say so (data-falls), then from the last one on. The first column,
// boxes to select and actions stay.
function falling(table) {
  const heads = [...table.tHead.rows[0].cells];
  const body = [...(table.tBodies[0]?.rows ?? [])].find((row) => row.cells.length === heads.length);
  const first = heads.findIndex((head) => !head.classList.contains("is-select"));
  const stays = (at) => at <= first || body?.cells[at].matches(".is-actions, .is-select");
  const rank = (at) => Number(heads[at].dataset.falls ?? 1000 - at);
  return heads.map((_, at) => at).filter((at) => !stays(at)).sort((a, b) => rank(a) - rank(b));
}
function show(table, at, shown) {
  const width = table.tHead.rows[0].cells.length;
  for (const row of table.rows) if (row.cells.length === width) row.cells[at].hidden = !shown;
}
function note(region, names) {
  let line = region.nextElementSibling;
  if (!line?.matches(".ui-table-hidden")) {
    if (!names.length) return;
    line = Object.assign(document.createElement("p"), { className: "ui-table-hidden" });
    line.append(document.createElement("span"), " ", button("ui-link-button", ""));
    line.lastChild.addEventListener("click", () => {
      region.toggleAttribute("data-all-columns");
      fit(region);
    });
    region.after(line);
  }
  const all = region.hasAttribute("data-all-columns");
  line.hidden = !names.length && !all;
  line.firstChild.textContent = all ? "The table is wider than the page. Scroll it sideways." : `Hidden because the page is narrow: ${names.join(", ")}.`;
  line.lastChild.textContent = all ? "Hide columns that do not fit" : "Show all columns";
}
function fit(region) {
  const table = region.querySelector(":scope > table");
  if (!table?.tHead?.rows.length) return;
  const order = falling(table);
  order.forEach((at) => show(table, at, true));
  const hidden = [];
  const cards = narrow.matches && table.classList.contains("is-cards");
  const wide = () => region.scrollWidth > region.clientWidth + 1;
  if (!cards && !region.hasAttribute("data-all-columns")) {
    for (const at of order) {
      if (!wide()) break;
      show(table, at, false);
      hidden.push(at);
    }
  }
  if (region.hasAttribute("data-all-columns") && (cards || !wide())) region.removeAttribute("data-all-columns");
  note(region, hidden.sort((a, b) => a - b).map((at) => table.tHead.rows[0].cells[at].textContent.trim()));
}

// Cards. What warns is always shown, then what has a value.
const EMPTY = /^(–|-|None|Never|No user or group)?$/;
function fold(row) {
  const facts = $$(":scope > td[data-label]", row).filter((cell) => !cell.matches(":first-child, .is-select, .is-select + *, .is-name, .is-actions, .is-wide"));
  if (facts.length <= FACTS + 1 || row.dataset.folded) return;
  const weight = (cell) => (cell.querySelector(".ui-status-error, .ui-status-warning") ? 0 : EMPTY.test(cell.textContent.trim()) ? 2 : 1);
  const warning = facts.filter((cell) => weight(cell) === 0).length;
  const order = [...facts].sort((a, b) => weight(a) - weight(b) || facts.indexOf(a) - facts.indexOf(b));
  const folded = order.slice(Math.max(FACTS, warning));
  if (!folded.length) return;
  folded.forEach((cell) => cell.classList.add("is-folded"));
  row.dataset.folded = "yes";
  const name = row.querySelector(":scope > .is-name, :scope > .is-select + *") ?? row.cells[0];
  const more = button("ui-link-button ui-card-more", "More");
  more.setAttribute("aria-expanded", "false");
  more.setAttribute("aria-label", `More of ${name.textContent.trim()}`);
  more.addEventListener("click", () => {
    const open = row.classList.toggle("is-open");
    more.textContent = open ? "Less" : "More";
    more.setAttribute("aria-label", `${more.textContent} of ${name.querySelector("a, button, span")?.textContent.trim() ?? ""}`);
    more.setAttribute("aria-expanded", String(open));
  });
  name.append(more);
}

// The bar of what can be done with selected rows: the first action and the others on demand.
function foldBar(bar) {
  const actions = $$(":scope > button:not(.ui-bulk-end)", bar);
  if (actions.length < 3 || bar.querySelector(".ui-bulk-more")) return;
  const more = button("ui-button is-quiet ui-bulk-more", "More actions");
  more.setAttribute("aria-expanded", "false");
  more.addEventListener("click", () => more.setAttribute("aria-expanded", String(bar.classList.toggle("is-open"))));
  actions[0].after(more);
}

function arrange() {
  $$(".ui-table-region").forEach(fit);
  if (!narrow.matches) return;
  $$(".ui-table.is-cards > tbody > tr").forEach(fold);
  $$(".ui-bulk").forEach(foldBar);
}
const widths = new WeakMap();
const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (widths.get(target) === contentRect.width) continue;
    widths.set(target, contentRect.width);
    fit(target);
  }
});
const watch = () => {
  arrange();
  $$(".ui-table-region").forEach((region) => resized.observe(region));
};
watch();
narrow.addEventListener("change", arrange);
document.addEventListener("htmx:afterSettle", watch);
// On paper every column is shown, whole.
addEventListener("beforeprint", () => {
  for (const table of $$(".ui-table-region > table")) if (table.tHead?.rows.length) falling(table).forEach((at) => show(table, at, true));
});
addEventListener("afterprint", arrange);

// The chosen tab is in sight.
for (const chosen of $$(".ui-tabs > [aria-current], .ui-segments > [aria-current]")) {
  const bar = chosen.parentElement;
  if (chosen.offsetLeft + chosen.offsetWidth > bar.clientWidth) bar.scrollLeft = chosen.offsetLeft - (bar.clientWidth - chosen.offsetWidth) / 2;
}
