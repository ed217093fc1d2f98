"""A browser on /demo: Chromium, driven by the keyboard alone. Leaves `target/demo-*.png` to look at."""

import base64
import re
import shutil
import sys
import tempfile
from pathlib import Path

from checks import check, same
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

URL = sys.argv[1]
PICTURES = Path(__file__).resolve().parents[2] / "target"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--lang=en-GB",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
PASSWORD = "correct horse"
# Contract: path, granted, refused, algorithm, days left at the most.
CONTRACTS = {
    "auth_local": ("/auth/local", "200 OK", "400 Bad Request", "HS256", 30),
    "login": ("/login", "200 OK", "404 Not Found", "HS256", 4),
    "auth_token": ("/api/auth/token", "200 OK", "403 Forbidden", "RS256", 0),
    "tokens": ("/tokens", "201 Created", "422 Unprocessable Entity", "HS256", 0),
}
BODIES = {"json": "application/json", "urlencoded": "application/x-www-form-urlencoded", "multipart": "form-data"}


class Page:
    """The page, by what a person sees of it and by the keys a person presses."""

    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for flag in [*FLAGS, f"--user-data-dir={folder}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
        self.command("Page.addScriptToEvaluateOnNewDocument", source="""
            window.violations = [];
            addEventListener("securitypolicyviolation", (event) =>
                violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
        """)
        self.size(1280, 900)

    def open(self):
        self.driver.get(f"{URL}/demo")

    def command(self, name, **arguments):
        return self.driver.execute_cdp_cmd(name, arguments)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def size(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2, mobile=width < 500)

    def colours(self, scheme):
        self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, name):
        shot = self.command("Page.captureScreenshot", captureBeyondViewport=True)
        (PICTURES / f"demo-{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def text(self, name):
        return self.driver.find_element(By.ID, name).text

    def shows(self, name, *texts):
        """Waits until the element shows all the texts."""
        try:
            WebDriverWait(self.driver, 10, 0.02).until(lambda _: all(text in self.text(name) for text in texts))
        except TimeoutException:
            check(f"{name} shows {texts}", False, self.text(name))

    def press(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def chord(self, held, key):
        ActionChains(self.driver, duration=0).key_down(held).send_keys(key).key_up(held).perform()

    def focused(self):
        return self.script("const at = document.activeElement; return at.id || at.name || at.className || at.tagName")

    def tab_to(self, name):
        for _ in range(30):
            if self.focused() == name:
                return
            self.press(Keys.TAB)
        check(f"{name} is reached by Tab", False, self.focused())

    def choose(self, group, value):
        self.tab_to(group)
        for _ in range(4):
            if self.script(f"return document.querySelector('[name={group}]:checked').value") == value:
                return
            self.press(Keys.ARROW_DOWN)
        check(f"{value} is chosen by the arrow keys", False)

    def write(self, name, text):
        self.tab_to(name)
        self.chord(Keys.CONTROL, "a")
        self.press(text)

    def push(self, name):
        self.tab_to(name)
        self.press(Keys.ENTER)

    def log_in(self, contract, password=PASSWORD, user="ada", body=None, enter=True):
        self.choose("contract", contract)
        self.write("user", user)
        self.write("password", password)
        if body:
            self.choose("body", body)
        if enter:
            self.press(Keys.ENTER)

    def claims(self):
        rows = self.script("return [...document.querySelectorAll('#header tr, #claims tr')]"
                           ".map((row) => [row.cells[0].textContent, row.querySelector('span').textContent])")
        return dict(rows)

    def seconds_left(self):
        days, hours, minutes, seconds = re.fullmatch(r"(?:(\d+) d )?(\d\d):(\d\d):(\d\d)", self.text("left")).groups("0")
        return ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)


def walk_by_tab(page):
    page.open()
    order = []
    for _ in range(20):
        page.press(Keys.TAB)
        order.append(page.focused())
        if order[-1] in order[:-1] or order[-1] == "BODY":
            break
        outline = page.script(
            "const at = document.activeElement;"
            "return getComputedStyle(at.closest('.choice label') ?? at).outlineWidth")
        check(f"the focus can be seen at {order[-1]}", float(outline.removesuffix("px")) >= 2, outline)
    same("Tab walks the page in the order it is read", order[:8],
         ["skip", "contract", "user", "password", "fill", "body", "send", "call-basic"])
    page.open()
    page.press(Keys.TAB, Keys.ENTER)
    same("the link at the top leads to the form", page.script("return location.hash"), "#user")
    unnamed = page.script(
        "return [...document.querySelectorAll('input, button, [role=group], progress')]"
        ".filter((at) => !(at.labels?.[0] ?? at).textContent.trim() && !at.ariaLabel).map((at) => at.outerHTML)")
    same("every control has a name", unnamed, [])


def every_contract(page):
    for contract, (path, granted, refused, algorithm, days) in CONTRACTS.items():
        bodies = BODIES if contract != "auth_token" else [None]
        for body in bodies:
            page.open()
            page.log_in(contract, body=body, enter=False)
            page.shows("login-wire", "will send", f"POST {path}", BODIES.get(body, "authorization: Basic ••••"))
            page.press(Keys.ENTER)
            page.shows("login-wire", granted, f"POST {path}", BODIES.get(body, "authorization: Basic ••••"))
            page.shows("news", contract)
            check(f"{contract}: logged in with {body or 'Basic'}", True)
        claims = page.claims()
        same(f"{contract}: the header is decoded", claims["alg"], algorithm)
        same(f"{contract}: the claims are decoded", claims.get("id", claims.get("sub")), "1")
        left, life = page.seconds_left(), int(claims["exp"]) - int(claims["iat"])
        check(f"{contract}: {page.text('left')} left", life - 30 <= left <= life and left // 86400 <= days, (left, life))
        before = page.text("left")
        WebDriverWait(page.driver, 3, 0.05).until(lambda _: page.text("left") != before)
        check(f"{contract}: the time left counts down", page.seconds_left() < left)
        page.push("call-bearer")
        page.shows("call-wire", "200 OK", "authorization: Bearer", '"username": "ada"')
        check(f"{contract}: its token opens the guarded route", True)
        page.open()
        page.log_in(contract, password="wrong")
        page.shows("login-wire", refused, "✕")
        check(f"{contract}: a wrong password is shown as {refused}, and nothing is held",
              page.script("return held === null && document.getElementById('call-bearer').disabled"))
    live = page.script("return document.querySelector('#login-wire [role=status]').textContent")
    check("the answer is announced", "422" in live, live)


def token_to_the_end(page):
    page.open()
    whole = "return document.documentElement.outerHTML"
    named = page.script(whole).count(PASSWORD)  # by the page itself, for the demonstration users
    page.log_in("tokens", body="json")
    page.shows("news", "tokens")
    first = page.claims()
    page.push("refresh")
    page.shows("token-wire", "201 Created", "PATCH /tokens", '"refresh_ttl": 10')
    second = page.claims()
    check("a refresh replaces the token", first["jti"] != second["jti"] and first["iat"] == second["iat"], (first, second))
    page.push("renew")
    page.shows("token-wire", "200 OK", "POST /api/auth/token", '"isSuccess": true')
    same("auth_token renews it", page.claims()["alg"], "RS256")
    check("what no contract refreshes offers no refresh", page.script("return document.getElementById('refresh').disabled"))
    page.push("call-bearer")
    page.shows("call-wire", "200 OK", '"username": "ada"')
    page.push("call-basic")
    page.shows("call-wire", "200 OK", "authorization: Basic ••••", '"username": "ada"')
    check("the guarded route takes the token, and Basic", True)
    page.push("call-none")
    page.shows("call-wire", "401 Unauthorized", "www-authenticate: Bearer", "credentials are required")
    check("without either it is refused, and no password window opens", True)
    token = page.script("return document.getElementById('raw').textContent")
    same("what was sent is shown without the password", page.script(whole).count(PASSWORD), named)
    page.push("logout")
    page.shows("news", "Logged out")
    same("after the log-out the form has the focus", page.focused(), "user")
    check("after the log-out the page shows no token", token not in page.script(whole))
    kept = page.script("return [document.getElementById('password').value, held, document.cookie, "
                       "localStorage.length, sessionStorage.length]")
    same("nor is one kept anywhere", kept, ["", None, "", 0, 0])


def expiry(page):
    page.open()
    page.log_in("tokens")
    page.shows("news", "tokens")
    page.script("const now = Date.now; Date.now = () => now() + 301_000")
    page.shows("left", "Expired")
    page.shows("news", "expired")
    page.script("Date.now = () => performance.timeOrigin + performance.now()")
    check("the end of a token is shown and announced", True)


def looks(page):
    page.open()
    page.colours("light")
    page.picture("start")
    page.log_in("tokens")
    page.shows("news", "tokens")
    page.push("refresh")
    page.shows("token-wire", "201")
    page.push("call-bearer")
    page.shows("call-wire", "200")
    grounds = []
    for scheme in ["light", "dark"]:
        page.colours(scheme)
        grounds.append(page.script("return getComputedStyle(document.body).backgroundColor"))
        page.size(1280, 900)
        page.picture(scheme)
        for width, height in [(360, 740), (320, 640)]:
            page.size(width, height)
            wide, seen = page.script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            check(f"{scheme}, {width}x{height}: nothing is to be scrolled to the side", wide == seen == width, (wide, seen))
            same(f"{scheme}, {width}x{height}: no text is cut off", page.script(CUT_OFF), [])
        page.size(360, 740)
        page.picture(f"phone-{scheme}")
        faint = page.script(CONTRAST)
        same(f"{scheme}: every text has a contrast of 4.5 or more", faint, [])
        small = page.script("return [...document.querySelectorAll('.choice label, input[type=text], button:not(.plain)')]"
                            ".filter((at) => at.offsetHeight && at.offsetHeight < 44).map((at) => at.outerHTML)")
        same(f"{scheme}: what a finger has to hit is 44 px high", small, [])
    check("light and dark differ", grounds[0] != grounds[1], grounds)


# WCAG 2.2 §1.4.3, for each text against the nearest opaque ground behind it.
CONTRAST = """
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = (colour) => parts(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [.2126, .7152, .0722][at], 0);
const ground = (at) => {
    const colour = getComputedStyle(at).backgroundColor;
    return (parts(colour)[3] ?? 1) === 1 ? colour : ground(at.parentElement);
};
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const faint = [];
while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !at.checkVisibility() || at.closest("script, :disabled")) continue;
    const [low, high] = [light(getComputedStyle(at).color), light(ground(at))].sort((one, other) => one - other);
    const contrast = (high + .05) / (low + .05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${at.outerHTML}`);
}
return faint;
"""


CUT_OFF = """
const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
const cut = [];
while (walker.nextNode()) {
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    if ([...range.getClientRects()].some((at) => at.left < 0 || at.right > innerWidth)) cut.push(walker.currentNode.data);
}
return cut;
"""


def no_complaints(page):
    # A refused request is an error to the console, and none to the page: all refusals here were asked for.
    complaints = [entry for entry in complaints_of(page) if "the server responded with a status of 4" not in entry]
    same("the console has no errors", complaints, [])


def complaints_of(page):
    violations = page.script("return window.violations")
    return [entry["message"] for entry in page.driver.get_log("browser")] + violations


with tempfile.TemporaryDirectory() as folder:
    page = Page(folder)
    try:
        print(f"Chromium {page.driver.capabilities['browserVersion']}")
        for part in [walk_by_tab, every_contract, token_to_the_end, expiry, looks]:
            part(page)
            no_complaints(page)
        page.open()
        page.script("const late = document.createElement('style'); late.textContent = 'body { color: red }'; document.head.append(late)")
        check("the policy is in force", any("style-src" in entry for entry in complaints_of(page)))
    finally:
        page.driver.quit()
