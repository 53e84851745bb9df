"""Firefox of the system, driven by the protocol that it has built in (Marionette).

Playwright drives a Firefox of its own, which differs from Debian's; geckodriver is no package of Debian 12. What
this client needs is a socket: a message is its length, a colon and a list in JSON, and so is the answer.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

BROWSERS = ("firefox-esr", "firefox")
SECONDS = 60
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's ID (WebDriver)
PREFERENCES = {
    "marionette.port": 0,
    "app.update.auto": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.sessionstore.resume_from_crash": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
SAVE_LOGIN = """
const [origin, name, password] = arguments;
for (const name of ["signon.autofillForms", "signon.rememberSignons"]) Services.prefs.setBoolPref(name, true);
const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
login.init(origin, origin, null, name, password, "", "");
return Services.logins.addLoginAsync(login).then(() => true);
"""


def path() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Firefox:
    """One window of a fresh profile. Elements are named by CSS selectors, buttons and links by their words."""

    def __init__(self, executable: str) -> None:
        self.profile = Path(tempfile.mkdtemp(prefix="iamconsole-firefox-"))
        lines = [f'user_pref("{name}", {json.dumps(value)});' for name, value in PREFERENCES.items()]
        (self.profile / "user.js").write_text("\n".join(lines))
        command = [executable, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access"]
        command += ["--profile", str(self.profile)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number, self.buffer = 0, b""
        try:
            self.socket = socket.create_connection(("127.0.0.1", self._port()), timeout=SECONDS)
            self._message()  # it says who it is
            self.send("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self.send("WebDriver:SetWindowRect", width=1360, height=900)
        except BaseException:
            self.close()
            raise

    def _port(self) -> int:
        """Firefox writes which one it took."""
        file, deadline = self.profile / "MarionetteActivePort", time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if file.exists() and file.read_text().strip():
                return int(file.read_text())
            time.sleep(0.1)
        raise AssertionError("Firefox did not start.")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _message(self) -> Any:
        while b":" not in self.buffer:
            self._read()
        size, _, self.buffer = self.buffer.partition(b":")
        while len(self.buffer) < int(size):
            self._read()
        message, self.buffer = self.buffer[: int(size)], self.buffer[int(size) :]
        return json.loads(message)

    def _read(self) -> None:
        part = self.socket.recv(65_536)
        assert part, "Firefox has gone."
        self.buffer += part

    def send(self, command: str, **params: Any) -> Any:
        """Run one command; its answer."""
        self.number += 1
        text = json.dumps([0, self.number, command, params]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        _, number, error, answer = self._message()
        assert number == self.number
        assert error is None, f"{command}: {error}"
        return answer["value"] if isinstance(answer, dict) and set(answer) == {"value"} else answer

    def run(self, script: str, *values: Any) -> Any:
        """What a script of the page returns."""
        return self.send("WebDriver:ExecuteScript", script=script, args=list(values))

    def save_login(self, origin: str, name: str, password: str) -> None:
        """Put a login into the password manager, as one that was saved at a sign-in, and have it filled in, which a
        driven Firefox does not.
        """
        self.send("Marionette:SetContext", value="chrome")
        self.run(SAVE_LOGIN, origin, name, password)
        self.send("Marionette:SetContext", value="content")

    def go(self, url: str) -> None:
        self.send("WebDriver:Navigate", url=url)

    def back(self) -> None:
        self.send("WebDriver:Back")

    def forward(self) -> None:
        self.send("WebDriver:Forward")

    @property
    def url(self) -> str:
        return self.send("WebDriver:GetCurrentURL")

    def element(self, selector: str) -> str:
        using = "xpath" if selector.startswith("//") else "css selector"
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            found = self.send("WebDriver:FindElements", using=using, value=selector)
            if found:
                return found[0][ELEMENT]
            time.sleep(0.1)
        raise AssertionError(f"There is no {selector} on {self.url}.")

    def click(self, selector: str) -> None:
        self.send("WebDriver:ElementClick", id=self.element(selector))

    def press(self, words: str) -> None:
        """Click the button or the link of the page's main part with these words."""
        self.click(f'//main//*[self::button or self::a][normalize-space()="{words}"]')

    def type(self, selector: str, text: str) -> None:
        """Type in the place of what stands there."""
        element = self.element(selector)
        self.send("WebDriver:ElementClear", id=element)
        self.send("WebDriver:ElementSendKeys", id=element, text=text)

    def value(self, selector: str) -> str:
        return self.run("return document.querySelector(arguments[0]).value", selector)

    def text(self, selector: str = "main") -> str:
        """What is read there, in one line."""
        return " ".join(self.run("return document.querySelector(arguments[0]).innerText", selector).split())

    def is_shown(self, selector: str) -> bool:
        return self.run("return document.querySelector(arguments[0]).checkVisibility()", selector)

    def wait_for(self, script: str) -> None:
        """Until the expression is true."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self.run(f"return {script}"):
                return
            time.sleep(0.1)
        raise AssertionError(f"{script} is not true on {self.url}: {self.text()[:700]}")
