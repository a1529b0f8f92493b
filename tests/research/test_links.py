"""A symbol to the page of its documentation."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from glossator.explain.explanation import Reference
from glossator.explain.render import _source
from glossator.research.evidence import Query
from glossator.research.inventory import read_inventory
from glossator.research.links import DocumentationLinks, curated
from glossator.research.sites import SITES
from glossator.research.web_text import safe_address
from tests.research.services import REQUESTS_GET, install_requests

HUGGING_FACE = "https://huggingface.co/docs"
PYTHON = "https://docs.python.org/3.11/library"
CASES = [
    ("transformers", "5.23.0", "transformers.generation.utils", "GenerationMixin.generate",
     f"{HUGGING_FACE}/transformers/v5.23.0/en/main_classes/text_generation#transformers.GenerationMixin.generate"),
    ("transformers", "5.23.0", "transformers.models.auto.modeling_auto", "AutoModelForCausalLM.from_pretrained",
     f"{HUGGING_FACE}/transformers/v5.23.0/en/model_doc/auto#transformers.AutoModelForCausalLM.from_pretrained"),
    ("transformers", "5.23.0", "transformers.models.zamba.modeling_zamba", "ZambaModel",
     f"{HUGGING_FACE}/transformers/v5.23.0/en/"),
    ("transformers", "5.23.0", "transformers.tokenization_utils_base", "PreTrainedTokenizerBase.encode",
     f"{HUGGING_FACE}/transformers/v5.23.0/en/internal/tokenization_utils#transformers.PreTrainedTokenizerBase.encode"),
    ("transformers", "5.24.0.dev0", "transformers", "", f"{HUGGING_FACE}/transformers/"),
    ("peft", "0.21.2", "peft.peft_model", "PeftModel.from_pretrained",
     f"{HUGGING_FACE}/peft/v0.21.2/en/package_reference/peft_model#peft.PeftModel.from_pretrained"),
    ("peft", "0.21.2", "peft.tuners.lora.config", "LoraConfig",
     f"{HUGGING_FACE}/peft/v0.21.2/en/package_reference/lora#peft.LoraConfig"),
    ("datasets", "5.2.0", "datasets.load", "load_dataset",
     f"{HUGGING_FACE}/datasets/package_reference/loading_methods#datasets.load_dataset"),
    ("accelerate", "1.15.0", "accelerate.accelerator", "Accelerator.prepare",
     f"{HUGGING_FACE}/accelerate/v1.15.0/en/package_reference/accelerator#accelerate.Accelerator.prepare"),
    ("huggingface_hub", "2.4.0", "huggingface_hub.file_download", "hf_hub_download",
     f"{HUGGING_FACE}/huggingface_hub/v2.4.0/en/package_reference/file_download#huggingface_hub.hf_hub_download"),
    ("torch", "2.13.0+cpu", "torch.nn.modules.linear", "Linear",
     "https://docs.pytorch.org/docs/2.13/generated/torch.nn.Linear.html#torch.nn.Linear"),
    ("torch", "2.13.0", "torch.autograd.grad_mode", "no_grad",
     "https://docs.pytorch.org/docs/2.13/generated/torch.no_grad.html#torch.no_grad"),
    ("numpy", "2.4.6", "numpy._core.fromnumeric", "mean",
     "https://numpy.org/doc/2.4/reference/generated/numpy.mean.html#numpy.mean"),
    ("numpy", "2.4.6", "numpy", "ndarray.reshape",
     "https://numpy.org/doc/2.4/reference/generated/numpy.ndarray.reshape.html#numpy.ndarray.reshape"),
    ("numpy", "2.4.6", "numpy.linalg._linalg", "norm",
     "https://numpy.org/doc/2.4/reference/generated/numpy.linalg.norm.html#numpy.linalg.norm"),
    ("pandas", "3.1.1", "pandas.io.parsers.readers", "read_csv",
     "https://pandas.pydata.org/pandas-docs/version/3.1/reference/api/pandas.read_csv.html#pandas.read_csv"),
    ("pandas", "3.1.1", "pandas.core.frame", "DataFrame.merge",
     "https://pandas.pydata.org/pandas-docs/version/3.1/reference/api/pandas.DataFrame.merge.html"
     "#pandas.DataFrame.merge"),
    ("requests", "2.34.2", "requests.sessions", "Session.get",
     "https://requests.readthedocs.io/en/latest/api/#requests.Session.get"),
    ("pydantic", "2.14.3", "pydantic.main", "BaseModel.model_dump",
     "https://docs.pydantic.dev/2.14/api/base_model/#pydantic.BaseModel.model_dump"),
    ("pydantic", "2.14.3", "pydantic.fields", "Field",
     "https://docs.pydantic.dev/2.14/api/fields/#pydantic.fields.Field"),
    ("python", "3.11.7", "posixpath", "join", f"{PYTHON}/os.path.html#os.path.join"),
    ("python", "3.11.7", "pathlib", "PurePath.joinpath", f"{PYTHON}/pathlib.html#pathlib.PurePath.joinpath"),
    ("python", "3.11.7", "json.decoder", "JSONDecoder", f"{PYTHON}/json.html#json.JSONDecoder"),
    ("python", "3.11.7", "xml.etree.ElementTree", "parse",
     f"{PYTHON}/xml.etree.elementtree.html#xml.etree.ElementTree.parse"),
    ("python", "3.11.7", "concurrent.futures._base", "Future.result",
     f"{PYTHON}/concurrent.futures.html#concurrent.futures.Future.result"),
    ("python", "3.11.7", "asyncio.tasks", "gather", f"{PYTHON}/asyncio-task.html#asyncio.gather"),
    ("python", "3.11.7", "builtins", "len", f"{PYTHON}/functions.html#len"),
    ("python", "3.11.7", "builtins", "str.join", f"{PYTHON}/stdtypes.html#str.join"),
    ("python", "3.11.7", "builtins", "ValueError", f"{PYTHON}/exceptions.html#ValueError"),
    ("python", "3.11.7", "json", "", f"{PYTHON}/json.html#module-json"),
    ("python", "3.11.7", "_typeshed", "SupportsRead", ""),
    ("python", "3.11.7", "builtins", "object.__init__", ""),
    ("python", "3.11.7", "", "", ""),
    ("unheard-of", "1.0", "unheard", "of", ""),
]  # fmt: skip


def about(distribution: str, version: str, module: str, path: str) -> Query:
    return Query((), ".".join(part for part in (module, path) if part), module, distribution, version)


@pytest.mark.parametrize(("distribution", "version", "module", "path", "address"), CASES)
def test_the_page_is_told_from_the_name(distribution: str, version: str, module: str, path: str, address: str) -> None:
    found = curated(about(distribution, version, module, path))
    assert found == address
    assert found == safe_address(found)


@pytest.mark.parametrize("name", SITES)
def test_every_site_has_the_form_of_an_address(name: str) -> None:
    site = SITES[name]
    root = site.root.format(version="1.2.3", minor="1.2")
    for address in (root, site.newest):
        assert safe_address(address) == address
        assert address.endswith("/")
    for pattern, page in site.pages:
        assert pattern.startswith((name, name.replace("-", "_")))
        assert not page.startswith("/")
        assert "://" not in page


async def test_without_a_page_the_distribution_says_where_its_documentation_is(tmp_path: Path) -> None:
    installed = install_requests(tmp_path)
    links = DocumentationLinks(installed, 30.0)
    (found,) = await links.search(REQUESTS_GET)
    assert found.url == "https://requests.readthedocs.io/en/latest/api/#requests.get"
    assert (found.kind, found.title) == ("documentation", "requests documentation: requests.get")
    own = installed.folders[0] / "requests-2.34.2.dist-info" / "METADATA"
    renamed = installed.folders[0] / "nice-1.0.dist-info"
    renamed.mkdir()
    (renamed / "METADATA").write_text(own.read_text().replace("Name: requests", "Name: nice"))
    (found,) = await links.search(about("nice", "1.0", "nice.core", "do"))
    assert (found.url, found.title) == ("https://requests.readthedocs.io", "nice documentation")
    assert await links.search(about("", "", "ours", "do")) == []
    assert await links.search(about("missing", "1", "missing", "do")) == []


# Inventories.

ENTRIES = b"""os.path.join py:function 1 library/os.path.html#$ -
nice.core.do py:function 1 reference.html#do-it -
nice.core.out py:function 1 ../../secret.html#$ -
a label std:label -1 index.html#a A label
"""


def inventory(project: bytes = b"Python", body: bytes | None = None) -> bytes:
    compressed = zlib.compress(ENTRIES) if body is None else body
    head = b"# Sphinx inventory version 2\n# Project: %b\n# Version: 3.11\n# The rest is compressed using zlib.\n"
    return head % project + compressed


def test_an_inventory_is_read() -> None:
    found = read_inventory(inventory(), Path("x"))
    assert found is not None
    assert (found.project, found.version) == ("Python", "3.11")
    assert found.pages["os.path.join"] == "library/os.path.html#os.path.join"
    assert "a" not in found.pages


@pytest.mark.parametrize("content", [b"", b"# Sphinx inventory version 1\n", inventory(body=b"not zlib"), b"\0" * 99])
def test_what_is_no_inventory_is_none(content: bytes) -> None:
    assert read_inventory(content, Path("x")) is None


def install_inventory(installed_in: Path, project: bytes) -> Path:
    folder = installed_in / "share" / "doc" / project.decode().lower() / "html"
    folder.mkdir(parents=True)
    (folder / "objects.inv").write_bytes(inventory(project))
    return folder


async def test_an_inventory_beside_the_code_is_asked_first(tmp_path: Path) -> None:
    installed = install_requests(tmp_path)
    install_inventory(installed.environment, b"Python")
    folder = install_inventory(installed.environment, b"Nice")
    (folder / "reference.html").write_text("x")
    links = DocumentationLinks(installed, 30.0)
    (found,) = await links.search(about("python", "3.11.7", "posixpath", "join"))
    assert found.url == f"{PYTHON}/os.path.html#os.path.join"
    (found,) = await links.search(about("nice", "1.0", "nice.core", "do"))
    assert found.url == f"{(folder / 'reference.html').as_uri()}#do-it"
    assert _source(Reference("1", found.title, found.url, found.kind, "", "")).endswith(" reference.html")
    assert await links.search(about("nice", "1.0", "nice.core", "out")) == [], "nothing outside the documentation"


async def test_the_installation_behind_a_virtual_environment_counts(tmp_path: Path) -> None:
    installed = install_requests(tmp_path)
    base = tmp_path / "base"
    install_inventory(base, b"Nice")
    (base / "share" / "doc" / "nice" / "html" / "reference.html").write_text("x")
    (installed.environment / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\nversion = 3.11.7\n")
    (found,) = await DocumentationLinks(installed, 30.0).search(about("nice", "1.0", "nice.core", "do"))
    assert found.url.startswith("file:")
