"""For all tests: the `--regenerate` flag, and their order."""

import hypothesis
import pytest

LONGEST, SECOND = "test_vscode.py", "test_vscode_trouble.py"

# Examples have no deadline: on a busy machine it would fail what is right.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--regenerate`."""
    parser.addoption(
        "--regenerate", action="store_true", help="write generated parts of the documentation anew, then check them"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Slow tests run last: what is wrong without them is known sooner. Several workers take them first, file by file,
    so that none has a long one left when the others are done; and the two longest, each with a VS Code, not at once."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda one: (one.path.name != LONGEST, not is_slow(one), one.path.name == SECOND))
    else:
        items.sort(key=is_slow)


def is_slow(item: pytest.Item) -> bool:
    """Whether it is marked so."""
    return item.get_closest_marker("slow") is not None


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether generated parts are to be written."""
    return bool(request.config.getoption("--regenerate"))
