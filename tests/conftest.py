"""For all tests: the `--regenerate` flag, and quick tests before slow ones."""

import hypothesis
import pytest

# Examples have no deadline: on a busy machine it would fail what is right.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--regenerate`."""
    parser.addoption(
        "--regenerate", action="store_true", help="write generated parts of the documentation anew, then check them"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests run last: what is wrong without them is known sooner."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.fixture
def regenerate(request: pytest.FixtureRequest) -> bool:
    """Whether generated parts are to be written."""
    return bool(request.config.getoption("--regenerate"))
