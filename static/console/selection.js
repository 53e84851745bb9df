// Selecting rows of a list: one box for all on the page, Shift for a range, and the bar of what can be done.
// The bar remembers the selection of its list while one searches, filters and turns pages, in this tab only, until the
// job is started. What is selected and not on the page is named on the bar. It goes with the form as data of the
// moment it is sent: nothing is added to the document.
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (event, selector, act) =>
  document.addEventListener(event, (e) => {
    const target = e.target instanceof Element ? e.target.closest(selector) : null;
    if (target) act(target, e);
  });

const NAMED = 20; // more are counted
const boxes = (bar) => $$("[data-select]").filter((box) => box.form === bar);
const everything = (bar) => $$("[name=all]", bar).some((box) => box.checked);
const nameOf = (box) => box.getAttribute("aria-label").replace(/^Select /, "");

// The search and the filters of this page, whatever its sort, size and number.
function view() {
  const query = new URLSearchParams(location.search);
  for (const name of ["page", "sort", "size", "filters"]) query.delete(name);
  query.sort();
  return query.toString();
}

// ID -> the name of the row, and the view that it was selected in.
const stored = {
  key: (name) => `selection ${name}`,
  read: (bar) => new Map(Object.entries(JSON.parse(sessionStorage.getItem(stored.key(bar.dataset.bulk)) ?? "{}"))),
  write: (bar, rows) => sessionStorage.setItem(stored.key(bar.dataset.bulk), JSON.stringify(Object.fromEntries(rows))),
};

function elsewhere(bar) {
  const here = new Set(boxes(bar).map((box) => box.value));
  return [...stored.read(bar)].filter(([id]) => !here.has(id));
}

function names(rows) {
  const shown = rows.slice(0, NAMED).map(([, row]) => row.name);
  if (rows.length > NAMED) shown.push(`${rows.length - NAMED} more`);
  return shown.join(", ");
}

function show(bar) {
  const all = everything(bar);
  const others = all ? [] : elsewhere(bar);
  const onPages = others.filter(([, row]) => row.view === view());
  const outside = others.filter(([, row]) => row.view !== view());
  const count = stored.read(bar).size;
  const total = bar.querySelector("[data-bulk-total]");
  bar.classList.toggle("is-shown", all || count > 0);
  bar.querySelector("[data-bulk-count]").textContent = all ? total.dataset.bulkTotal : String(count);
  if (total) total.hidden = outside.length > 0;
  const note = bar.querySelector("[data-bulk-elsewhere]");
  note.hidden = others.length === 0;
  const told = [];
  if (onPages.length) told.push(`${onPages.length} on other pages: ${names(onPages)}.`);
  if (outside.length) told.push(`${outside.length} selected, not in this view: ${names(outside)}.`);
  note.querySelector("[data-bulk-names]").textContent = told.join(" ");
  note.querySelector("[data-bulk-drop]").hidden = outside.length === 0;
}

function selection() {
  for (const bar of $$("[data-bulk]")) {
    const rows = stored.read(bar);
    for (const box of boxes(bar)) {
      if (box.checked) rows.set(box.value, { name: nameOf(box), view: view() });
      else rows.delete(box.value);
    }
    stored.write(bar, rows);
    show(bar);
  }
  for (const all of $$("[data-select-all]")) {
    const mine = $$("[data-select]", all.closest("table"));
    const chosen = mine.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === mine.length;
    all.indeterminate = chosen > 0 && chosen < mine.length;
  }
}

let last = null;
on("click", "[data-select]", (box, e) => {
  const mine = $$("[data-select]", box.closest("table"));
  if (e.shiftKey && last && mine.includes(last)) {
    const [from, to] = [mine.indexOf(last), mine.indexOf(box)].sort((a, b) => a - b);
    mine.slice(from, to + 1).forEach((one) => (one.checked = box.checked));
  }
  last = box;
  selection();
});
on("change", "[data-select-all]", (all) => {
  $$("[data-select]", all.closest("table")).forEach((box) => (box.checked = all.checked));
  selection();
});
on("change", "[data-bulk] [name=all]", selection);
document.addEventListener("formdata", (e) => {
  const bar = e.target;
  if (!bar.matches("[data-bulk]") || everything(bar)) return;
  for (const [id] of elsewhere(bar)) e.formData.append(bar.dataset.bulkField, id);
});
on("click", "[data-bulk-drop]", (button) => {
  const outside = new Set(elsewhere(button.form).filter(([, row]) => row.view !== view()).map(([id]) => id));
  stored.write(button.form, [...stored.read(button.form)].filter(([id]) => !outside.has(id)));
  selection();
  document.getElementById("main")?.focus();
});
on("click", "[data-bulk-clear]", (button) => {
  boxes(button.form).forEach((box) => (box.checked = false));
  $$("[name=all]", button.form).forEach((box) => (box.checked = false));
  stored.write(button.form, []);
  selection();
  document.getElementById("main")?.focus();
});

// The job was started: its page says which selection is over.
for (const done of $$("[data-selection-over]")) sessionStorage.removeItem(stored.key(done.dataset.selectionOver));
for (const bar of $$("[data-bulk]")) {
  const rows = stored.read(bar);
  for (const box of boxes(bar)) box.checked = rows.has(box.value);
}
selection();
