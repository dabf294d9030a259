"""Every page for every role in real Chromium: drawn, nothing on the console, nothing asked of another machine."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT, need
from tests.kpis.small import demo_company

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
PAGES = {
    "leader": [
        "Golden thread",
        "KPIs",
        "My targets and statement",
        "My department",
        "Set targets",
        "Incentive alignment",
    ],
    "hr": [
        "Golden thread",
        "KPIs",
        "My targets and statement",
        "My department",
        "Set targets",
        "Incentive alignment",
        "Plan designer",
        "Target letters",
        "Statements",
    ],
    "steward": ["KPIs", "My targets and statement", "Data quality"],
    "p_0": ["Golden thread", "KPIs", "My targets and statement"],
}
GROUPS = {
    "My targets and statement": "My targets",
    "My department": "My targets",
    "Set targets": "My targets",
    "Incentive alignment": "Pay",
    "Plan designer": "Pay",
    "Target letters": "Pay",
    "Statements": "Pay",
    "Data quality": "Data",
}
MODES = {
    "desktop-light": (1440, "light"),
    "desktop-dark": (1440, "dark"),
    "phone-light": (390, "light"),
    "phone-dark": (390, "dark"),
}
SCREENSHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    need("chromium", shutil.which("chromium"))
    folder = tmp_path_factory.mktemp("company")
    demo_company(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "server.log").open("w")
    command = [sys.executable, "-m", "dashboard.cli", "serve", "--workspace", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(port: int) -> None:
    for _attempt in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the dashboard did not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium")
    need("chromium", path)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield opened
        opened.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("who", PAGES)
def test_every_page_of_a_role_is_drawn_with_nothing_on_the_console(
    address: str, browser: Any, who: str, mode: str
) -> None:
    width, scheme = MODES[mode]
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, told, asked = context.new_page(), [], []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/?as={who}")
    _drawn(page)
    _keep(page, f"{who}-first-{mode}")
    for title in PAGES[who]:
        _open(page, title, phone=width < 600)
        _drawn(page)
        _keep(page, f"{who}-{title.lower().replace(' ', '-')}-{mode}")
        assert page.locator("h1").count() == 1
        assert "could not be drawn" not in page.inner_text("body")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert told == []
    assert [url for url in asked if not url.startswith((address, "ws://127.0.0.1", "data:", "blob:"))] == []
    context.close()


def test_a_plan_is_checked_while_it_is_written_and_its_picture_follows(address: str, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{address}/?as=hr")
    _drawn(page)
    _open(page, "Plan designer", phone=False)
    _drawn(page)
    page.get_by_role("tab", name="Text").click()
    area = page.locator("textarea")
    area.wait_for()
    written = area.input_value()
    area.fill(written.replace("weight: 60", "weight: 61", 1))
    page.get_by_text("weights sum to 101, not 100").wait_for()
    assert area.evaluate("each => each.getRootNode().activeElement === each")  # who writes is not thrown out
    area.fill(written)
    page.get_by_text("As it is kept.").wait_for()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_chosen_in_a_row_of_buttons_can_be_read(address: str, browser: Any, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme=scheme)
    page.goto(f"{address}/?as=hr")
    _drawn(page)
    _open(page, "Plan designer", phone=False)
    _drawn(page)
    chosen = page.locator("button[aria-checked=true], [role=tab][aria-selected=true]")
    chosen.first.wait_for()
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    for ink in chosen.evaluate_all("all => all.map(each => getComputedStyle(each).color)"):
        assert _contrast(ink, ground) >= 4.5
    page.close()


def _contrast(ink: str, ground: str) -> float:
    """The contrast of two colours as WCAG 2.2 computes it."""
    light = []
    for each in (ink, ground):
        parts = [int(part) / 255 for part in re.findall(r"\d+", each)[:3]]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        light.append(0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
    return max(light) / min(light)


def _open(page: Any, title: str, phone: bool) -> None:
    """Follow the menu, as a person does: a drawer on phones, groups that fold out elsewhere."""
    if phone:
        page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_test_id("stSidebarNavLink").filter(has_text=title).first.click()
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        return
    if title not in GROUPS:
        page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
        return
    page.get_by_test_id("stTopNavSection").filter(has_text=GROUPS[title]).click()
    page.get_by_test_id("stTopNavDropdownLink").filter(has_text=title).click()


def _drawn(page: Any) -> None:
    page.wait_for_selector("h1", timeout=60_000)
    for busy in ("stStatusWidget", "stSkeleton"):
        page.wait_for_function(f"!document.querySelector('[data-testid={busy}]')", timeout=60_000)
    page.wait_for_timeout(700)


def _keep(page: Any, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))
