"""A lesson in JupyterLab, in a browser: `pytest -m browser`, with Chromium and playwright (`pip
install -e ".[browser]"`)."""

import os
import shutil

import pytest

from helpers.lab import running_lab
from tinymaml.course import work

pytestmark = pytest.mark.browser
BROWSERS = ("chromium", "google-chrome")


@pytest.fixture
def page():
    """A page of Chromium's: the system's, else playwright's own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        found = next(filter(None, map(shutil.which, BROWSERS)), driver.chromium.executable_path)
        if not os.path.exists(found):
            pytest.skip("there is no Chromium: install it, or `playwright install chromium`")
        browser = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@pytest.mark.lesson_00
def test_a_wrong_and_a_right_answer_in_the_page(page, tmp_path):
    work.make(tmp_path / "work")
    with running_lab(tmp_path / "work", tmp_path) as lab:
        page.goto(f"http://{lab.place}/lab/tree/00_five_minutes.ipynb?token={lab.token}")
        cells = page.locator(".jp-CodeCell")
        imports = cells.filter(has_text="from tinymaml.course import")
        # by what was typed: below a check the course's version may stand
        typed = page.locator(".cm-content")
        answer = cells.filter(has=typed.filter(has_text="exercise 00.step"))
        check = cells.filter(has=typed.filter(has_text='check("00.step")'))
        page.get_by_text("| Idle").wait_for()  # the kernel: before that it runs nothing
        imports.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")

        def run_with(line, instead_of):
            answer.locator(".cm-line", has_text=instead_of).click()
            page.keyboard.press("Home")
            page.keyboard.press("Shift+End")
            page.keyboard.type(line)
            page.keyboard.press("Shift+Enter")
            page.keyboard.press("Shift+Enter")  # the next cell, the check

        step = "p := w if k == 0 else p + sign * alpha * loss.gradient(p, *s)"
        curve = f"[loss.value({step}, *q) for k in range(steps + 1)]"
        curves = f"return np.mean([{curve} for s, q in tasks], axis=0)"
        run_with(f"sign = 1\n{curves}", "raise NotImplementedError")
        check.get_by_text("00.step: wrong. You stepped uphill").wait_for()
        run_with("sign = -1", "sign = 1")
        check.get_by_text("00.step: passed.").wait_for()
