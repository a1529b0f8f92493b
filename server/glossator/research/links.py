"""A symbol to the page of its documentation: a link, which no sentence is claimed to stand on.

An inventory that is installed beside the code is asked first, then the table below for distributions whose metadata
names no documentation, or whose pages can be told from the name; else the distribution's own Documentation address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.research.evidence import Evidence, Query, symbol_path
from glossator.research.inventory import Inventory, inventories
from glossator.research.standard_library import LIBRARY, minor, standard_address
from glossator.research.web_text import safe_address
from glossator.resolve.distributions import Installed

_DOCUMENTATION = ("documentation", "docs", "doc", "user guide", "reference")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a distribution's documentation is: ``root`` for a release, ``newest`` where the version is none.

    ``pages`` are tried in order: a pattern for ``module:path`` and the page, relative to the root, that it stands for.
    """

    root: str
    newest: str
    pages: tuple[tuple[str, str], ...] = ()


def _hugging_face(name: str, *pages: tuple[str, str], versioned: bool = True) -> Site:
    newest = f"https://huggingface.co/docs/{name}/"
    # Anchors there are the name as one imports it, from the top of the package.
    return Site(
        f"{newest}v{{version}}/en/" if versioned else newest,
        newest,
        tuple((rf"{name}\.{module}:(.+)", rf"{page}#{name}.\g<1>") for module, page in pages),
    )


class DocumentationLinks:
    """The page that describes a symbol, for the installed version where its site keeps versions apart."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed

    async def search(self, query: Query) -> Sequence[Evidence]:
        """One link at most."""
        if not query.distribution:
            return []
        found = await asyncio.to_thread(self._address, query)
        return [link(query, found)] if found else []

    def _address(self, query: Query) -> str:
        for inventory in inventories(self.installed.environment):
            if _normal(inventory.project) == _normal(query.distribution):
                address = described(query, inventory)
                if address:
                    return address
        return curated(query) or self._own(query)

    def _own(self, query: Query) -> str:
        """The address that the distribution's metadata calls its documentation."""
        found = self.installed.distribution(query.module.split(".")[0])
        addresses = {name.lower(): address for name, address in found.urls.items()} if found else {}
        own = (addresses[name] for name in _DOCUMENTATION if name in addresses)
        return next((address for one in own if (address := safe_address(one, plain_http=True))), "")


def link(query: Query, address: str) -> Evidence:
    """The link as evidence; its text is the name alone, so that nothing can be quoted from it."""
    name = address.partition("#")[2].removeprefix("module-")
    title = f"{query.distribution} documentation" + (f": {name}" if name else "")
    return Evidence("", title, name or query.qualified_name, "documentation", address)


def curated(query: Query) -> str:
    """The page by the table; the documentation's first page if the table does not know the name."""
    path = symbol_path(query)
    if query.distribution == "python":
        return standard_address(query.module, path, query.version)
    site = SITES.get(_normal(query.distribution))
    if site is None:
        return ""
    root = _root(site, query.version)
    if not path or any(part.startswith("_") for part in path.split(".")):
        return root
    for pattern, page in site.pages:
        match = re.fullmatch(pattern, f"{query.module}:{path}")
        if match:
            return root + match.expand(page)
    return root


def described(query: Query, inventory: Inventory) -> str:
    """The page by the inventory: on the web where the site is known, else the installed one."""
    anchor = curated(query).partition("#")[2].removeprefix("module-")
    page = next((inventory.pages[name] for name in (query.qualified_name, anchor) if name in inventory.pages), "")
    if not page:
        return ""
    site = SITES.get(_normal(query.distribution))
    if query.distribution == "python":
        return safe_address(LIBRARY.format(minor=minor(query.version)).removesuffix("library/") + page)
    if site is not None:
        return safe_address(_root(site, query.version) + page)
    file, _, fragment = page.partition("#")
    installed = inventory.folder / file
    inside = installed.resolve().is_relative_to(inventory.folder.resolve())
    return f"{installed.as_uri()}#{fragment}" if inside and installed.is_file() else ""


def _root(site: Site, version: str) -> str:
    release = version.split("+")[0]
    if not re.fullmatch(r"\d+(\.\d+)+", release):
        return site.newest
    return site.root.format(version=release, minor=minor(release))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# Taken from the sites' own tables of contents. Huggingface's packages name no documentation in their metadata.
SITES = {
    "transformers": _hugging_face(
        "transformers",
        (r"generation\.[\w.]+", "main_classes/text_generation"),
        (r"(?:tokenization_utils\w*)", "main_classes/tokenizer"),
        (r"modeling_utils", "main_classes/model"),
        (r"configuration_utils", "main_classes/configuration"),
        (r"(?:trainer|trainer_seq2seq|training_args\w*)", "main_classes/trainer"),
        (r"trainer_callback", "main_classes/callback"),
        (r"pipelines[\w.]*", "main_classes/pipelines"),
        (r"utils\.quantization_config", "main_classes/quantization"),
        (r"data\.data_collator", "main_classes/data_collator"),
        (r"optimization", "main_classes/optimizer_schedules"),
        (r"processing_utils", "main_classes/processors"),
        (r"feature_extraction_utils", "main_classes/feature_extractor"),
        (r"image_processing_\w+", "main_classes/image_processor"),
        (r"models\.auto\.\w+", "model_doc/auto"),
        (r"models\.bert\.\w+", "model_doc/bert"),
        (r"models\.gpt2\.\w+", "model_doc/gpt2"),
        (r"models\.gpt_bigcode\.\w+", "model_doc/gpt_bigcode"),
        (r"models\.llama\.\w+", "model_doc/llama"),
        (r"models\.mistral\.\w+", "model_doc/mistral"),
        (r"models\.qwen2\.\w+", "model_doc/qwen2"),
        (r"models\.starcoder2\.\w+", "model_doc/starcoder2"),
        (r"models\.t5\.\w+", "model_doc/t5"),
        (r"models\.whisper\.\w+", "model_doc/whisper"),
    ),
    "peft": _hugging_face(
        "peft",
        (r"peft_model", "package_reference/peft_model"),
        (r"auto", "package_reference/auto_class"),
        (r"config", "package_reference/config"),
        (r"mapping\w*", "package_reference/peft_model"),
        (r"tuners\.lora\.\w+", "package_reference/lora"),
        (r"tuners\.ia3\.\w+", "package_reference/ia3"),
        (r"tuners\.adalora\.\w+", "package_reference/adalora"),
        (r"tuners\.prefix_tuning\.\w+", "package_reference/prefix_tuning"),
        (r"tuners\.prompt_tuning\.\w+", "package_reference/prompt_tuning"),
        (r"tuners\.p_tuning\.\w+", "package_reference/p_tuning"),
    ),
    "datasets": _hugging_face(
        "datasets",
        (r"(?:arrow_dataset|dataset_dict|iterable_dataset|combine|info|splits|features\.\w+)", "package_reference/main_classes"),
        (r"(?:load|inspect)", "package_reference/loading_methods"),
        (r"builder", "package_reference/builder_classes"),
        versioned=False,
    ),
    "accelerate": _hugging_face(
        "accelerate",
        (r"accelerator", "package_reference/accelerator"),
        (r"state", "package_reference/state"),
        (r"launchers", "package_reference/launchers"),
        (r"big_modeling", "package_reference/big_modeling"),
        (r"tracking", "package_reference/tracking"),
    ),
    "huggingface-hub": _hugging_face(
        "huggingface_hub",
        (r"hf_api", "package_reference/hf_api"),
        (r"(?:file_download|_snapshot_download)", "package_reference/file_download"),
        (r"hf_file_system", "package_reference/hf_file_system"),
        (r"inference\._client", "package_reference/inference_client"),
        (r"(?:repocard|repocard_data)", "package_reference/cards"),
    ),
    "torch": Site(
        "https://docs.pytorch.org/docs/{minor}/",
        "https://docs.pytorch.org/docs/stable/",
        (
            (r"torch\.nn\.modules\.\w+:(\w+)(\.\w+)?", r"generated/torch.nn.\1.html#torch.nn.\1\2"),
            (r"torch\.nn\.functional:(\w+)", r"generated/torch.nn.functional.\1.html#torch.nn.functional.\1"),
            (
                r"torch\.optim\.lr_scheduler:(\w+)(\.\w+)?",
                r"generated/torch.optim.lr_scheduler.\1.html#torch.optim.lr_scheduler.\1\2",
            ),
            (r"torch\.optim\.\w+:(\w+)(\.\w+)?", r"generated/torch.optim.\1.html#torch.optim.\1\2"),
            (r"torch\.(?:_C\._VariableFunctions|functional):(\w+)", r"generated/torch.\1.html#torch.\1"),
            (r"torch\.autograd\.grad_mode:(\w+)(?:\.\w+)?", r"generated/torch.\1.html#torch.\1"),
            (r"torch\._(?:tensor|C):(?:Tensor|TensorBase)\.(\w+)", r"generated/torch.Tensor.\1.html#torch.Tensor.\1"),
            (r"torch\._tensor:Tensor", r"tensors.html#torch.Tensor"),
            (r"torch\.utils\.data\.\w+:([\w.]+)", r"data.html#torch.utils.data.\1"),
            (r"torch\.cuda[\w.]*:(\w+)", r"generated/torch.cuda.\1.html#torch.cuda.\1"),
        ),
    ),
    "numpy": Site(
        "https://numpy.org/doc/{minor}/",
        "https://numpy.org/doc/stable/",
        (
            (r"numpy\.linalg[\w.]*:(\w+)", r"reference/generated/numpy.linalg.\1.html#numpy.linalg.\1"),
            (r"numpy\.fft[\w.]*:(\w+)", r"reference/generated/numpy.fft.\1.html#numpy.fft.\1"),
            (
                r"numpy\.random\._generator:Generator\.(\w+)",
                r"reference/random/generated/numpy.random.Generator.\1.html#numpy.random.Generator.\1",
            ),
            (r"numpy(?:\._core|\.lib)?(?:\.\w+)?:(\w+(?:\.\w+)?)", r"reference/generated/numpy.\1.html#numpy.\1"),
        ),
    ),
    "pandas": Site(
        "https://pandas.pydata.org/pandas-docs/version/{minor}/",
        "https://pandas.pydata.org/docs/",
        (
            (r"pandas\.io\.[\w.]+:(read_\w+)", r"reference/api/pandas.\1.html#pandas.\1"),
            (
                r"pandas\.core\.(?:frame|series|indexes\.base):((?:DataFrame|Series|Index)(?:\.\w+)?)",
                r"reference/api/pandas.\1.html#pandas.\1",
            ),
            (
                r"pandas\.core\.generic:NDFrame(\.\w+)",
                r"reference/api/pandas.DataFrame\1.html#pandas.DataFrame\1",
            ),
            (r"pandas\.core\.(?:reshape|tools|indexes)\.\w+:([a-z]\w+)", r"reference/api/pandas.\1.html#pandas.\1"),
        ),
    ),
    "requests": Site(
        "https://requests.readthedocs.io/en/latest/",
        "https://requests.readthedocs.io/en/latest/",
        ((r"requests\.(?:api|sessions|models|exceptions):([\w.]+)", r"api/#requests.\1"),),
    ),
    "pydantic": Site(
        "https://docs.pydantic.dev/{minor}/",
        "https://docs.pydantic.dev/latest/",
        (
            (r"pydantic\.main:(BaseModel[\w.]*)", r"api/base_model/#pydantic.\1"),
            (
                r"pydantic\.(fields|config|types|networks|type_adapter|root_model|functional_validators|"
                r"functional_serializers|dataclasses|json_schema|errors|alias_generators|aliases):([\w.]+)",
                r"api/\1/#pydantic.\1.\2",
            ),
        ),
    ),
}
