"""Swagger UI in a real browser, under the policy that it is served with."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support import expected_conditions as when
from selenium.webdriver.support.ui import WebDriverWait

from tests.support.service import Service, environment, running, sqlite_url

pytestmark = pytest.mark.browser

CHROMIUM, CHROMEDRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1400",
)
WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    env = environment(sqlite_url(tmp_path_factory.mktemp("browser")))
    with running("serve", "--with-sample", "--port", "0", env=env) as service:
        yield service


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    missing = [path for path in (CHROMIUM, CHROMEDRIVER) if shutil.which(path) is None]
    if missing:
        message = f"{' and '.join(missing)} missing: install Debian's chromium and chromium-driver"
        if os.environ.get("HOTSEAT_NO_BROWSER") == "1":
            pytest.skip(f"HOTSEAT_NO_BROWSER=1 and {message}")
        pytest.fail(f"{message}, or set HOTSEAT_NO_BROWSER=1 to go without this test")
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    # An explicit driver: selenium would look for one on the network.
    browser = Chrome(options=options, service=Driver(CHROMEDRIVER))
    yield browser
    browser.quit()


def test_a_newcomer_authorises_and_runs_an_example(service: Service, browser: Chrome) -> None:
    key = service.wait_for(r"hs_live_\w+").group()
    browser.get(service.url)
    click(browser, By.LINK_TEXT, "Swagger UI")
    authorise(browser, key)

    operation = open_operation(browser, "create_group")
    operation.find_element(By.CSS_SELECTOR, "button.execute").click()
    live = "#operations-groups-create_group .live-responses-table"
    status = visible(browser, By.CSS_SELECTOR, f"{live} tbody .response-col_status")
    assert status.text.split()[0] == "201"
    body = browser.find_element(By.CSS_SELECTOR, f"{live} tbody .highlight-code code").text
    assert json.loads(body)["state"] == "forming"

    browser.refresh()
    visible(browser, By.CSS_SELECTOR, ".auth-wrapper .authorize.locked")
    assert complaints(browser) == []


def complaints(browser: Chrome) -> list[str]:
    """What the browser refused or missed; Swagger UI deprecates underscores in its own links."""
    messages = [entry["message"] for entry in browser.get_log("browser")]
    return [message for message in messages if "Deprecated: escaping deep" not in message]


def authorise(browser: Chrome, key: str) -> None:
    click(browser, By.CSS_SELECTOR, ".auth-wrapper .authorize")
    visible(browser, By.CSS_SELECTOR, ".auth-container input").send_keys(key)
    click(browser, By.CSS_SELECTOR, ".auth-btn-wrapper .authorize")
    click(browser, By.CSS_SELECTOR, ".auth-btn-wrapper .btn-done")


def open_operation(browser: Chrome, name: str) -> WebElement:
    # Swagger UI renders only the tags in sight: the filter brings this one there.
    visible(browser, By.CSS_SELECTOR, ".operation-filter-input").send_keys("groups")
    click(browser, By.CSS_SELECTOR, f"#operations-groups-{name} .opblock-summary-control")
    return visible(browser, By.CSS_SELECTOR, f"#operations-groups-{name}.is-open")


def click(browser: Chrome, by: str, selector: str) -> None:
    WebDriverWait(browser, WAIT_SECONDS).until(when.element_to_be_clickable((by, selector))).click()


def visible(browser: Chrome, by: str, selector: str) -> WebElement:
    condition = when.visibility_of_element_located((by, selector))
    return WebDriverWait(browser, WAIT_SECONDS).until(condition)
