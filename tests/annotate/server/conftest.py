"""A real Label Studio server and a real browser, or a skip that says how to get them; in CI their absence fails."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import install
import pytest
from proxy import Proxy
from studio import Studio

if TYPE_CHECKING:
    from pushing import Teller

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOG = pytest.StashKey[Studio]()


def _absent(what: str) -> None:
    """Leave the test out with a reason; in CI a part that is not there is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def label_studio(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Studio]:
    """A running server with the lead's account and nothing else, for the whole session: see ``studio.Studio``.

    Tests make projects with titles of their own. Who stops it starts it again.
    """
    if not install.program().exists():
        _absent(f"no Label Studio in {install.place()}: python3 tests/annotate/server/install.py installs it")
    studio = Studio(tmp_path_factory.mktemp("label-studio"))
    request.config.stash[LOG] = studio
    try:
        yield studio.start()
    finally:
        studio.stop()


@pytest.fixture
def proxy(label_studio: Studio) -> Iterator[Proxy]:
    """A way to the server that goes wrong as its ``faults`` say: see ``proxy.Proxy`` and ``faults.KINDS``."""
    with Proxy(label_studio.url, label_studio.restart) as between:
        yield between
    assert between.problems == []


@pytest.fixture
def teller(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Teller:
    """Hears all that could show a secret."""
    from pushing import Teller

    return Teller(caplog, capfd)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser for Playwright's ``executable_path``."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        _absent("no Chromium on the PATH; on Debian and Ubuntu: apt-get install chromium")
    assert found is not None
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The end of the server's log stands under a failure."""
    report = yield
    studio = item.config.stash.get(LOG, None)
    if report.failed and studio is not None and "label_studio" in getattr(item, "fixturenames", ()):
        report.sections.append(("Label Studio's log", studio.told()))
    return report
