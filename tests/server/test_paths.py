"""Folders: where they are said to be, of this user alone, and short enough for a socket."""

import os
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glossator import paths
from glossator.errors import PartMissing

FOLDERS: dict[str, Callable[[], Path]] = {
    "GLOSSATOR_DATA_DIR": paths.data_directory,
    "GLOSSATOR_CACHE_DIR": paths.cache_directory,
    "GLOSSATOR_RUNTIME_DIR": paths.runtime_directory,
}


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name, which ``tmp_path`` often does not."""
    with tempfile.TemporaryDirectory(prefix="g") as folder:
        yield Path(folder).resolve()


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_variable_moves_the_folder(environment: dict[str, str], short: Path, variable: str) -> None:
    environment[variable] = str(short / "deep" / "er")
    assert FOLDERS[variable]() == short / "deep" / "er"
    assert stat.S_IMODE((short / "deep" / "er").stat().st_mode) == 0o700


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_relative_path_is_made_absolute(environment: dict[str, str], short: Path, variable: str) -> None:
    before = Path.cwd()
    os.chdir(short)
    try:
        environment[variable] = "here"
        assert FOLDERS[variable]() == short / "here"
    finally:
        os.chdir(before)


@pytest.mark.parametrize("variable", FOLDERS)
def test_the_home_folder_may_be_abbreviated(environment: dict[str, str], short: Path, variable: str) -> None:
    environment.update({"HOME": str(short), variable: "~/here"})
    assert FOLDERS[variable]() == short / "here"


@pytest.mark.parametrize("variable", FOLDERS)
def test_without_variables_the_systems_customs_hold_and_nothing_is_said(
    environment: dict[str, str], short: Path, variable: str
) -> None:
    environment.update({"HOME": str(short), "TMPDIR": str(short)})
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert "glossator" in str(FOLDERS[variable]())
    assert said == []


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_folder_that_cannot_be_made_says_which_variable_moves_it(
    environment: dict[str, str], short: Path, variable: str
) -> None:
    (short / "file").write_text("")
    environment[variable] = str(short / "file" / "folder")
    with pytest.raises(PartMissing, match=variable):
        FOLDERS[variable]()


def test_the_configuration_file_need_not_exist(environment: dict[str, str], short: Path) -> None:
    environment["GLOSSATOR_CONFIG_DIR"] = str(short / "none")
    assert paths.configuration_file() == short / "none" / "glossator.toml"
    assert not (short / "none").exists()


def test_too_long_a_path_gets_a_short_stand_in_of_its_own(environment: dict[str, str], short: Path) -> None:
    folders = []
    for name in ("a", "b", "a"):
        environment["GLOSSATOR_RUNTIME_DIR"] = str(short / (name * 120))
        folders.append(paths.runtime_directory())
        assert len(os.fsencode(folders[-1] / "engine.sock")) <= paths.SOCKET_PATH_LIMIT
        assert stat.S_IMODE(folders[-1].stat().st_mode) == 0o700
    for folder in set(folders):
        folder.rmdir()
    assert folders[0] == folders[2] != folders[1]


def test_an_open_runtime_folder_is_closed_to_others(environment: dict[str, str], short: Path) -> None:
    (short / "run").mkdir(mode=0o755)
    environment["GLOSSATOR_RUNTIME_DIR"] = str(short / "run")
    assert stat.S_IMODE(paths.runtime_directory().stat().st_mode) == 0o700


def test_a_link_in_place_of_the_runtime_folder_is_refused(environment: dict[str, str], short: Path) -> None:
    (short / "elsewhere").mkdir(mode=0o755)
    (short / "run").symlink_to(short / "elsewhere")
    environment["GLOSSATOR_RUNTIME_DIR"] = str(short / "run")
    with pytest.raises(PartMissing, match="a link"):
        paths.runtime_directory()
    assert stat.S_IMODE((short / "elsewhere").stat().st_mode) == 0o755
