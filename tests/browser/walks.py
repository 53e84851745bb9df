"""Walking with the keyboard alone: from stop to stop, as Tab goes, and never without a visible focus."""

import re

STOPS = 200
FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0].innerText : "";
  const name = at.getAttribute("aria-label") || label || at.innerText || at.value || at.name || "";
  const style = getComputedStyle(at);
  const near = at.closest("label, td, .ui-field") || at;
  const ring = [at, near, at.parentElement].some((one) => {
    const found = one && getComputedStyle(one);
    return found && (found.outlineStyle !== "none" || found.boxShadow !== "none");
  });
  return {name: name.trim(), shown: ring && style.visibility !== "hidden"};
}"""


def tab_to(page, name: str) -> None:
    """Press Tab until the focus is on what is called ``name``, a count may follow; it must show its focus."""
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if re.fullmatch(rf"{re.escape(name)}(\s.*)?", at["name"], re.DOTALL):
            assert at["shown"], f"One does not see that the focus is on {name}."
            return
    raise AssertionError(f"{STOPS} times Tab does not reach {name} on {page.url}.")
