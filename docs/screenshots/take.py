"""Take the pictures of the README from a running demo: ``make screenshots`` beside ``make demo``."""

import json
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).parent
DATA = Path(os.environ.get("IAMCONSOLE_DATA", "demo-data"))
URL = f"http://localhost:{os.environ.get('PORT', '8000')}"
WIDE, NARROW = (1360, 900), (390, 844)
# Name -> page, width, theme. The first words of a user's name lead to the user's pages.
PICTURES: dict[str, tuple[str, tuple[int, int], str]] = {
    "dashboard": ("/", WIDE, "light"),
    "users": ("/users/", WIDE, "light"),
    "users-dark": ("/users/", WIDE, "dark"),
    "users-390": ("/users/", NARROW, "light"),
    "events": ("/events/", WIDE, "light"),
    "credential-report": ("/reports/credential-report/", WIDE, "light"),
}


def main() -> None:
    """Sign in as the demo's administrator and take every picture."""
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if not (DATA / "demo.json").is_file() or not browser_path:
        sys.exit("Start a demo first (make demo) on a machine with Chromium.")
    note = json.loads((DATA / "demo.json").read_text())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page()
        sign_in(page, note)
        for name, picture in PICTURES.items():
            take(page, name, *picture)
            print(f"docs/screenshots/{name}.png")
        browser.close()


def sign_in(page: Page, note: dict[str, str]) -> None:
    page.goto(f"{URL}/signin/?account={note['account']}")
    page.get_by_label("User name").fill(note["user_name"])
    page.get_by_label("Password", exact=True).fill(note["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()


def take(page: Page, name: str, path: str, size: tuple[int, int], theme: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(URL + path)
    page.wait_for_timeout(400)  # transitions end
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
