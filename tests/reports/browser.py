"""A headless Chromium for tests of the HTML report."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")


@contextmanager
def chromium(downloads: Path, width: int = 1280, height: int = 900) -> Iterator[webdriver.Chrome]:
    """A browser that saves downloads in `downloads` and records its console and its network."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    switches = [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--window-size={width},{height}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        switches.append("--no-sandbox")  # Chromium refuses its sandbox to root
    for switch in switches:
        options.add_argument(switch)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def logged(driver: webdriver.Chrome, log: str) -> list[dict[str, Any]]:
    """What the browser wrote to a log since the last call."""
    read: Callable[[str], list[dict[str, Any]]] = driver.get_log
    return read(log)


def requests(driver: webdriver.Chrome) -> list[str]:
    """Every address the page has asked for since the last call, downloads of its own data included."""
    entries = [json.loads(entry["message"])["message"] for entry in logged(driver, "performance")]
    sent: list[dict[str, Any]] = [
        entry for entry in entries if entry["method"] == "Network.requestWillBeSent"
    ]
    return [entry["params"]["request"]["url"] for entry in sent]
