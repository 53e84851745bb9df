// What the pages gain with scripts. Every part looks for its data attribute and does nothing without it.
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const live = document.querySelector("[data-live]");
const say = (text) => {
  if (live) live.textContent = text;
};

const on = (event, selector, act) =>
  document.addEventListener(event, (e) => {
    const target = e.target instanceof Element ? e.target.closest(selector) : null;
    if (target) act(target, e);
  });

// A page that the browser brings back from its memory is asked for anew: it may be of before a change, or of before
// the sign-out. By its address, so that nothing is sent twice. What is secret leaves the page with its reader.
addEventListener("pageshow", (e) => {
  if (e.persisted) location.replace(location.pathname + location.search);
});
addEventListener("pagehide", () => {
  document.querySelector("[data-secret]")?.closest("main")?.replaceChildren();
  $$("[autocomplete='new-password'], [autocomplete='current-password']").forEach((input) => (input.value = ""));
});

// The text fields of parts that are not chosen are not sent, and no password manager fills them.
const PARTS = ".ui-choice-part, .ui-switched-body";
const folded = (part) => Boolean(part) && (getComputedStyle(part).display === "none" || folded(part.parentElement.closest(PARTS)));
function ableParts() {
  for (const part of $$(PARTS)) {
    const fields = $$("input:not([type=checkbox], [type=radio], [type=hidden]), textarea", part);
    for (const field of fields) field.disabled = folded(field.closest(PARTS));
  }
}
ableParts();
document.addEventListener("change", ableParts);
addEventListener("pageshow", ableParts);

// Theme: remembered; the choice that equals the system's is remembered as well.
on("click", "[data-theme-toggle]", () => {
  const root = document.documentElement;
  const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", theme);
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // No storage: it holds for this page.
  }
});

// The local time beside a moment in UTC: on hover, or behind it where it stands as text.
const showLocal = (root = document) =>
  $$("time[data-local]", root).forEach((time) => {
    const local = `${new Date(time.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })} local time`;
    if (time.dataset.local === "text") time.textContent += ` · ${local}`;
    else time.title += ` · ${local}`;
    time.removeAttribute("data-local");
  });
showLocal();
document.addEventListener("htmx:load", (e) => showLocal(e.target));

// Flashes.
on("click", "[data-close]", (button) => {
  const flash = button.closest(".ui-flash");
  const next = flash.nextElementSibling?.querySelector("[data-close]") ?? document.getElementById("main");
  flash.remove();
  next?.focus();
});

// Copy. The word turns into "Copied" for two seconds, and is said aloud.
async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    button.after(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    button.focus();
    if (!copied) return say("Not copied. Select the value and copy it by hand.");
  }
  const word = button.querySelector("[data-copy-word]");
  button.classList.add("is-copied");
  if (word) word.textContent = "Copied";
  say("Copied");
  setTimeout(() => {
    button.classList.remove("is-copied");
    if (word) word.textContent = "Copy";
    say("");
  }, 2000);
}
on("click", "[data-copy]", (button) => copy(button, button.dataset.copy));
on("click", "[data-copy-from]", (button) => {
  const source = document.getElementById(button.dataset.copyFrom);
  copy(button, (source.querySelector(".ui-secret-value") ?? source).textContent.trim());
});

// Masked values and password fields.
on("click", "[data-unmask]", (button) => {
  const shown = document.getElementById(button.dataset.unmask).toggleAttribute("data-masked") === false;
  button.setAttribute("aria-pressed", String(shown));
});
on("click", "[data-reveal]", (button) => {
  const input = document.getElementById(button.dataset.reveal);
  const shown = input.type === "password";
  input.type = shown ? "text" : "password";
  button.setAttribute("aria-pressed", String(shown));
  say(shown ? "The password is shown" : "The password is hidden");
});
// A shown password goes out as a password field again, so that browsers offer to keep it.
document.addEventListener("submit", (e) => {
  $$("[data-reveal][aria-pressed='true']", e.target).forEach((button) => button.click());
});

// Pop-overs: placed under their button, inside the window; arrow keys go through a menu.
document.addEventListener(
  "toggle",
  (e) => {
    const popover = e.target;
    if (!(popover instanceof Element) || !popover.matches(".ui-popover") || e.newState !== "open") return;
    const button = document.querySelector(`[popovertarget="${CSS.escape(popover.id)}"]`);
    if (!button) return;
    popover.classList.add("is-placed");
    const at = button.getBoundingClientRect();
    const { width, height } = popover.getBoundingClientRect();
    const toEnd = at.left + width > innerWidth - 8;
    const left = toEnd ? Math.max(8, Math.min(at.right, innerWidth - 8) - width) : at.left;
    const below = at.bottom + 4;
    popover.style.left = `${left}px`;
    popover.style.top = `${below + height > innerHeight - 8 ? Math.max(8, at.top - height - 4) : below}px`;
    if (popover.matches(".ui-menu")) menuItems(popover)[0]?.focus();
  },
  true,
);
const menuItems = (menu) => $$("a, button", menu).filter((item) => item.offsetParent !== null || item.getClientRects().length);
on("keydown", ".ui-menu", (menu, e) => {
  const items = menuItems(menu);
  const here = items.indexOf(document.activeElement);
  const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: items.length - 1 }[e.key];
  if (next === undefined || !items.length) return;
  e.preventDefault();
  items[(next + items.length) % items.length].focus();
});
addEventListener("resize", () => $$(".ui-popover:popover-open").forEach((popover) => popover.hidePopover()));
document.addEventListener("scroll", (e) => {
  if (e.target === document) $$(".ui-popover:popover-open").forEach((popover) => popover.hidePopover());
});

// Confirmation by typing: compared while leaving the field and on sending, with a sentence that helps.
function difference(typed, expected) {
  if (typed === "") return "Type it to confirm.";
  if (typed.trim() === expected) return "Remove the space around it.";
  if (typed.toLowerCase() === expected.toLowerCase()) return "Check uppercase and lowercase letters.";
  if (expected.startsWith(typed)) return `The end is missing: ${expected.slice(typed.length)}`;
  if (typed.startsWith(expected)) return `There is too much at the end: ${typed.slice(expected.length)}`;
  let at = 0;
  while (typed[at] === expected[at]) at += 1;
  const gap = expected.length - typed.length;
  if (gap > 0 && expected.slice(at + gap) === typed.slice(at)) return `“${expected.slice(at, at + gap)}” is missing before “${typed.slice(at)}”.`;
  if (gap < 0 && typed.slice(at - gap) === expected.slice(at)) return `“${typed.slice(at, at - gap)}” is too much.`;
  return `It differs from character ${at + 1} on.`;
}
function confirmed(input, strict) {
  const { expected } = input.dataset;
  const box = document.getElementById(`${input.id}_error`);
  const wrong = input.value !== expected && (strict || input.value !== "");
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  box.replaceChildren();
  if (wrong) {
    const line = document.createElement("p");
    line.className = "ui-field-error";
    const words = document.createElement("span");
    if (input.value) words.append("This is not ", Object.assign(document.createElement("b"), { textContent: expected }), ". ");
    words.append(difference(input.value, expected));
    line.append(words);
    box.append(line);
  }
  return !wrong;
}
on("change", "[data-expected]", (input) => confirmed(input, false));
on("input", "[data-expected]", (input) => input.value === input.dataset.expected && confirmed(input, false));
document.addEventListener("submit", (e) => {
  const wrong = [...e.target.elements].find((input) => input.dataset?.expected !== undefined && !confirmed(input, true));
  if (!wrong) return;
  e.preventDefault();
  wrong.focus();
});

// Password rules: ticked while typing, never red.
const tests = {
  length: (text, rule) => [...text].length >= Number(rule.dataset.min),
  upper: (text) => /[A-Z]/.test(text),
  lower: (text) => /[a-z]/.test(text),
  digit: (text) => /[0-9]/.test(text),
  symbol: (text) => /[!@#$%^&*()_+\-=[\]{}|']/.test(text),
  kinds: (text, rule) => ["upper", "lower", "digit", "symbol"].filter((kind) => tests[kind](text)).length >= Number(rule.dataset.min),
  "not-account": (text, rule) => !JSON.parse(rule.dataset.not).includes(text.toLowerCase()),
  "not-name": (text, rule) => !rule.dataset.not || !text.toLowerCase().includes(rule.dataset.not.toLowerCase()),
};
// What is missing is said aloud only when the typing pauses.
const saying = new WeakMap();
function sayRules(list, rules, text) {
  clearTimeout(saying.get(list));
  const missing = rules.filter((rule) => !rule.classList.contains("is-met")).map((rule) => rule.querySelector("[data-rule-label]").textContent);
  const words = missing.length ? `Still missing: ${missing.join("; ")}` : "All rules are met";
  saying.set(list, setTimeout(() => say(text === "" ? "" : [words, strengthOf(list)].filter(Boolean).join(". ")), 1200));
}
function tick(list, rules, notes, text) {
  for (const rule of rules) {
    const ok = text !== "" && tests[rule.dataset.rule](text, rule);
    const counts = rule.dataset.rule === "length";
    rule.classList.toggle("is-met", ok);
    rule.classList.toggle("is-missing", text !== "" && !ok);
    const missing = text !== "" && !ok && !counts ? "still missing" : notes.get(rule);
    rule.querySelector("[data-rule-note]").textContent = counts && text !== "" ? `${[...text].length} now` : missing;
  }
  const met = rules.filter((rule) => rule.classList.contains("is-met")).length;
  list.querySelector("[data-rules-count]").textContent = `${met} of ${rules.length} met`;
}
// How hard it is to guess is weighed by the server, and only when the typing pauses.
const measuring = new WeakMap();
const strengthOf = (list) => {
  const meter = list.querySelector("[data-strength]:not([hidden])");
  return meter ? meter.querySelector("[data-strength-words]").parentElement.textContent : "";
};
function measure(list, input) {
  const meter = list.querySelector("[data-strength]");
  if (!meter) return;
  clearTimeout(measuring.get(list));
  meter.hidden = true;
  if (input.value === "") return;
  measuring.set(list, setTimeout(() => weigh(meter, input), 300));
}
async function weigh(meter, input) {
  const password = input.value;
  const csrfmiddlewaretoken = input.form?.elements.csrfmiddlewaretoken?.value ?? "";
  try {
    const body = new URLSearchParams({ password, csrfmiddlewaretoken });
    const answer = await fetch(meter.dataset.strength, { method: "POST", body });
    if (!answer.ok) return;
    const { score, words } = await answer.json();
    if (input.value !== password) return;
    meter.dataset.score = String(score);
    meter.querySelector("[data-strength-words]").textContent = words;
    meter.hidden = false;
  } catch {
    // No answer: no meter. The password is weighed again when it is sent.
  }
}
for (const list of $$("[data-password-rules]")) {
  const input = document.getElementById(list.dataset.passwordRules);
  const rules = $$("[data-rule]", list).filter((rule) => rule.dataset.rule in tests);
  const notes = new Map(rules.map((rule) => [rule, rule.querySelector("[data-rule-note]").textContent]));
  const show = () => {
    tick(list, rules, notes, input.value);
    measure(list, input);
  };
  input?.addEventListener("input", () => {
    show();
    sayRules(list, rules, input.value);
  });
  addEventListener("pageshow", () => input?.value && show()); // back, with what was typed
}

// The clock of an authenticator's code, by the server's time.
for (const clock of $$("[data-totp-clock]")) {
  const step = Number(clock.dataset.step);
  const ahead = clock.dataset.now ? Number(clock.dataset.now) - Date.now() / 1000 : 0;
  const words = clock.querySelector("b");
  const ring = clock.querySelector("circle + circle");
  const tick = () => {
    const left = step - ((Date.now() / 1000 + ahead) % step);
    words.textContent = `Next code in ${Math.ceil(left)} s`;
    ring.setAttribute("stroke-dasharray", `${(left / step) * 100} 100`);
  };
  tick();
  setInterval(tick, 1000);
}

// "/" goes to the search, "Escape" leaves it.
document.addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, [contenteditable]")) return;
  const search = document.querySelector("[data-search-key]") ?? document.querySelector("[data-search]");
  if (!search) return;
  e.preventDefault();
  const folded = search.closest("[popover]");
  if (folded && getComputedStyle(folded).display === "none") folded.showPopover();
  search.focus();
});

// Two minutes before a session ends by idleness: a warning, and a button that asks for a page and so goes on.
const idle = document.querySelector("[data-idle]");
if (idle) {
  const text = idle.querySelector("[data-idle-text]");
  const warn = Math.min(120, Number(idle.dataset.idle) / 2);
  let timers = [];
  const tell = (words, over) => {
    idle.hidden = false;
    text.textContent = words;
    idle.querySelector("[data-stay-signed-in]").hidden = over;
  };
  const begin = () => {
    timers.forEach(clearTimeout);
    idle.hidden = true;
    timers = [
      setTimeout(() => tell("You will be signed out in two minutes unless you do something here.", false), (idle.dataset.idle - warn) * 1000),
      setTimeout(() => tell("You were signed out because you were inactive. Copy what you typed before you reload this page.", true), idle.dataset.idle * 1000),
    ];
  };
  on("click", "[data-stay-signed-in]", async () => {
    try {
      const answer = await fetch(idle.dataset.stay, { redirect: "manual" });
      if (!answer.ok) throw new Error("signed out");
      begin();
      say("You stay signed in.");
    } catch {
      tell("You are signed out, or this console cannot be reached. Copy what you typed before you reload this page.", true);
    }
  });
  document.addEventListener("htmx:afterRequest", (e) => e.detail.requestConfig?.verb === "post" && begin());
  begin();
}

// A job that ends says so once; its panel is swapped every second.
const states = new Map($$("[data-job-state]").map((panel) => [panel.id, panel.dataset.jobState]));
document.addEventListener("htmx:afterSettle", () => {
  for (const panel of $$("[data-job-state]")) {
    const state = panel.dataset.jobState;
    if (states.get(panel.id) !== state) say(`${panel.querySelector("h2").textContent}: ${state}`);
    states.set(panel.id, state);
  }
});

document.querySelector("[data-focus]")?.focus();
