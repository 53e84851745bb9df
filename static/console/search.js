// The list under the search at the top: a combobox whose options are links. Without it Enter sends the form as well.
const form = document.querySelector("[data-search-list]");
const PAUSE = 180; // ms without typing before the server is asked
const SHORTEST = 2;

function combobox(field, list) {
  const live = document.querySelector("[data-live]");
  let timer = 0;
  let asked = null;
  let shown = "";

  const options = () => [...list.querySelectorAll("[role=option]")];
  const current = () => list.querySelector("[aria-selected=true]");

  function choose(option) {
    current()?.setAttribute("aria-selected", "false");
    if (!option) return field.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  function close() {
    clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    choose(null);
  }

  function open(html, words) {
    list.innerHTML = html;
    options().forEach((option, number) => (option.id = `search-option-${number}`));
    shown = words;
    list.hidden = options().length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
    const number = Number(list.querySelector("[data-number]")?.dataset.number ?? 0);
    if (live && !list.hidden) live.textContent = number ? `${number} ${number === 1 ? "result" : "results"}` : "No results";
  }

  async function ask() {
    const words = field.value.trim();
    asked?.abort();
    if (words.length < SHORTEST) return close();
    asked = new AbortController();
    try {
      const query = new URLSearchParams({ q: words });
      const answer = await fetch(`${form.dataset.searchList}?${query}`, { signal: asked.signal });
      // Signed out meanwhile, or no answer: no list. Enter goes on to a page that says so.
      if (!answer.ok || answer.redirected) return close();
      const html = await answer.text();
      if (field.value.trim() === words && document.activeElement === field) open(html, words);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function move(step) {
    const all = options();
    if (!all.length) return;
    const here = all.indexOf(current());
    // Beyond either end is the field itself, with what was typed.
    const next = here === -1 && step < 0 ? all.length - 1 : here + step;
    choose(all[next] ?? null);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    choose(null);
    timer = setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (e) => {
    if (e.isComposing) return;
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list.hidden) ask();
      else move(e.key === "ArrowDown" ? 1 : -1);
    } else if (e.key === "Enter" && !list.hidden && current()) {
      e.preventDefault();
      current().click();
    } else if (e.key === "Escape") {
      if (!list.hidden) e.preventDefault(); // the first Escape closes the list, the next one empties the field
      if (list.hidden && field.value === "") field.blur();
      close();
    } else if (e.key === "Tab") {
      close();
    }
  });
  field.addEventListener("focus", () => {
    field.select();
    if (field.value.trim() && field.value.trim() === shown && options().length) open(list.innerHTML, shown);
  });
  field.addEventListener("blur", (e) => {
    if (!form.contains(e.relatedTarget)) close();
  });
  // A press on an option must not take the focus away before it is a click.
  list.addEventListener("mousedown", (e) => e.preventDefault());
  list.addEventListener("mousemove", (e) => {
    const option = e.target.closest("[role=option]");
    if (option && option !== current()) choose(option);
  });
}

if (form) {
  const field = form.querySelector("[data-search-key]");
  const list = document.getElementById("search-options");
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-expanded", "false");
  combobox(field, list);
  form.addEventListener("submit", (e) => {
    if (!field.value.trim()) e.preventDefault();
  });
}
