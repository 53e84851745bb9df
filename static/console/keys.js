// Single keys: a list of them with "?", pages with "g" and a letter, and a print. They can be switched off, and stay off after a sign-out.
const root = document.documentElement;
const PAGES = { h: "/", u: "/users/", g: "/groups/", p: "/policies/", s: "/simulator/", r: "/reports/credential-report/", e: "/events/", a: "/accounts/", j: "/jobs/" };
const TYPING = "input:not([type='checkbox'], [type='radio']), textarea, select, [contenteditable]";
const off = () => /(^|; )keys=off(;|$)/.test(document.cookie);

// The link of the navigation that leads to a page; nothing where the person does not have it.
function link(letter) {
  const links = [...document.querySelectorAll("#side-nav a")];
  if (letter === "h") return links.find((one) => /^\/([0-9]{12}\/)?$/.test(new URL(one.href).pathname));
  return links.find((one) => new URL(one.href).pathname.endsWith(PAGES[letter]));
}
const acts = {
  "?": () => document.getElementById("keys")?.showPopover(),
  c: () => document.querySelector(".ui-page-header a.ui-button.is-primary")?.click(),
  x: () => document.activeElement?.closest("tr")?.querySelector("[data-select]")?.click(),
};
let waiting = 0; // until when the letter after "g" counts
function pressed(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.target.closest?.(TYPING)) return;
  if (off()) {
    if (e.key === "/") e.stopImmediatePropagation();
    return;
  }
  if (document.querySelector("[popover].ui-popover:popover-open")) return;
  const second = Date.now() < waiting;
  waiting = 0;
  if (second && e.key in PAGES) {
    e.preventDefault();
    link(e.key)?.click();
  } else if (e.key === "g") {
    waiting = Date.now() + 1500;
  } else if (e.key in acts) {
    e.preventDefault();
    acts[e.key]();
  }
}
addEventListener("keydown", pressed, true);

const choice = document.querySelector("[data-keys]");
if (choice) {
  choice.checked = !off();
  choice.addEventListener("change", () => {
    document.cookie = `keys=${choice.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=lax`;
  });
}
root.addEventListener("click", (e) => {
  if (e.target.closest?.("[data-print]")) print();
});
