"""The table of documentation sites: which page describes a name, for distributions whose metadata does not say.

Huggingface's packages name no documentation in their metadata; of the others the pages can be told from the name.
"""

from __future__ import annotations

from dataclasses import dataclass


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
        tuple((rf"{name}\.{module}:(?P<path>.+)", rf"{page}#{name}.\g<path>") for module, page in pages),
    )


SITES = {
    "transformers": _hugging_face(
        "transformers",
        (r"generation\.(?:utils|configuration_utils)", "main_classes/text_generation"),
        (r"generation\.[\w.]+", "internal/generation_utils"),
        (r"tokenization_utils_base", "internal/tokenization_utils"),
        (r"tokenization_\w+", "main_classes/tokenizer"),
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
        (
            r"models\.(auto|bart|bert|bloom|clip|codegen|distilbert|falcon|gemma|gemma2|gpt2|gpt_bigcode|gpt_neox|llama|"
            r"mistral|mixtral|opt|phi|phi3|qwen2|qwen3|roberta|starcoder2|t5|vit|whisper)\.\w+",
            r"model_doc/\1",
        ),
    ),
    "peft": _hugging_face(
        "peft",
        (r"peft_model", "package_reference/peft_model"),
        (r"auto", "package_reference/auto_class"),
        (r"config", "package_reference/config"),
        (r"(?:mapping\w*|mixed_model)", "package_reference/peft_model"),
        (
            r"tuners\.(adalora|boft|c3a|cpt|delora|fourierft|hra|ia3|loha|lokr|lora|miss|multitask_prompt_tuning|oft|"
            r"p_tuning|poly|prefix_tuning|prompt_tuning|randlora|road|shira|trainable_tokens|vblora|vera|xlora)\.\w+",
            r"package_reference/\1",
        ),
    ),
    "datasets": _hugging_face(
        "datasets",
        (
            r"(?:arrow_dataset|dataset_dict|iterable_dataset|combine|info|splits|features\.\w+)",
            "package_reference/main_classes",
        ),
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
