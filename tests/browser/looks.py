"""What every visited page must be: accessible in both themes, and not wider than a small phone."""

import itertools

from axe_playwright_python.sync_playwright import Axe

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS = ((1360, "light"), (320, "dark"))  # both themes and both widths in two looks


_turn = itertools.cycle(LOOKS)


def check_in_turn(page) -> None:
    """The same in one of the two looks, the other one next time: for pages that share their parts."""
    check(page, (next(_turn),))


def check(page, looks=LOOKS) -> None:
    """No violation of WCAG 2.2 AA by axe, light and wide, dark and narrow; no sideways scroll."""
    page.wait_for_load_state()
    for width, theme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("theme => document.documentElement.setAttribute('data-bs-theme', theme)", theme)
        # Transitions are off (reduced motion); a frame must pass all the same.
        page.wait_for_timeout(50)
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
        violations = results.response["violations"]
        assert not violations, f"{page.url} {theme} {width}: {summary(violations)}"
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert sideways <= 0, f"{page.url} is {sideways} px wider than a screen of {width}"
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    page.set_viewport_size({"width": 1360, "height": 900})


def summary(violations) -> str:
    return "; ".join(f"{v['id']}: {[node['html'][:200] for node in v['nodes'][:3]]}" for v in violations)
