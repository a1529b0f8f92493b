"""The rows: each model family's holes, headers and ends; and which of them a tokenizer fits.

Spellings are those of the families' own repositories, model cards and training code.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping

from glossator.errors import Problem
from glossator.models.dialogue import QUESTION_ANSWER
from glossator.models.formats import Family, Infill, Layout, Slot, Special, infill_of

STARCODER_OTHERS = (
    *("<fim_pad>", "<gh_stars>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>"),
    *("<jupyter_text>", "<jupyter_code>", "<jupyter_output>", "<jupyter_script>", "<empty_output>"),
    *("<commit_before>", "<commit_msg>", "<commit_after>", "<repo_name>", "<file_sep>"),
)

STARCODER = Family(
    name="StarCoder",
    marks=("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<filename>", "<reponame>", "<|endoftext|>"),
    infill=infill_of("<fim_prefix>", "<fim_suffix>", "<fim_middle>", suffix_first=True),
    # It saw no files joined: the header belongs to the prefix, and other files are comments below it.
    layout=Layout(
        repository=(Special("<reponame>"), Slot.REPOSITORY),
        file=(Special("<filename>"), Slot.PATH, "\n"),
        header_first=True,
    ),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>",),
    instruction=QUESTION_ANSWER,
    others=STARCODER_OTHERS,
)
SANTACODER = Family(
    name="SantaCoder",
    marks=("<fim-prefix>", "<fim-suffix>", "<fim-middle>", "<|endoftext|>"),
    infill=infill_of("<fim-prefix>", "<fim-suffix>", "<fim-middle>", suffix_first=True),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>",),
    others=("<fim-pad>",),
)
STARCODER2 = Family(
    name="StarCoder2",
    marks=("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<repo_name>", "<file_sep>", "<|endoftext|>"),
    infill=infill_of("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    layout=Layout(
        repository=(Special("<repo_name>"), Slot.REPOSITORY),
        file=(Special("<file_sep>"),),
        top=(Slot.PATH, "\n"),
        passage=(Special("<file_sep>"), Slot.PATH, "\n", Slot.TEXT),
        outside=True,
    ),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>", "<file_sep>"),
    others=STARCODER_OTHERS,
)
QWEN_CODER = Family(
    name="Qwen2.5-Coder",
    marks=(
        *("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>"),
        *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    ),
    infill=infill_of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    layout=Layout(
        repository=(Special("<|repo_name|>"), Slot.REPOSITORY, "\n"),
        file=(Special("<|file_sep|>"), Slot.PATH, "\n"),
        passage=(Special("<|file_sep|>"), Slot.PATH, "\n", Slot.TEXT, "\n"),
        outside=True,
    ),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>", "<|im_end|>", "<|file_sep|>", "<|fim_pad|>"),
)
# Its tokenizer has <|filename|> and <|reponame|>, not Qwen's names; how it was trained with them is not published.
GRANITE4 = Family(
    name="Granite 4",
    marks=("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|end_of_text|>"),
    infill=infill_of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    document_start="<|end_of_text|>",
    ends=("<|end_of_text|>", "<|fim_pad|>", "<|filename|>", "<|reponame|>"),
)
CODE_LLAMA = Family(
    name="CodeLlama",
    marks=("▁<PRE>", "▁<SUF>", "▁<MID>", "▁<EOT>"),
    infill=infill_of("▁<PRE>", "▁<SUF>", "▁<MID>", suffix_first=True),
    document_start="<s>",
    ends=("▁<EOT>", "</s>"),
    others=("<s>", "<unk>", "[INST]", "[/INST]"),
    leading_blank=True,
)
DEEPSEEK_CODER = Family(
    name="DeepSeek-Coder",
    marks=("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>"),
    infill=infill_of("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    layout=Layout(file=("#", Slot.PATH, "\n"), passage=("#", Slot.PATH, "\n", Slot.TEXT, "\n")),
    document_start="<｜begin▁of▁sentence｜>",
    ends=("<｜end▁of▁sentence｜>", "<|EOT|>"),
)
CODE_GEMMA = Family(
    name="CodeGemma",
    marks=("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>", "<eos>"),
    infill=infill_of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    layout=Layout(passage=(Slot.TEXT, Special("<|file_separator|>")), outside=True),
    document_start="<bos>",
    ends=("<|file_separator|>", "<eos>"),
    others=("<bos>", "<pad>", "<unk>", "<start_of_turn>", "<end_of_turn>"),
)
CODESTRAL = Family(
    name="Codestral",
    marks=("[SUFFIX]", "[PREFIX]", "</s>"),
    infill=Infill(spm=(Special("[SUFFIX]"), Slot.AFTER, Special("[PREFIX]"), Slot.BEFORE), order="spm"),
    layout=Layout(file=("+++++ ", Slot.PATH, "\n"), passage=("+++++ ", Slot.PATH, "\n", Slot.TEXT, "\n\n")),
    document_start="<s>",
    ends=("</s>",),
    others=("<s>", "<unk>", "[MIDDLE]", "[INST]", "[/INST]"),
)
SEED_CODER = Family(
    name="Seed-Coder",
    marks=("<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>"),
    infill=Infill(
        spm=(
            *(Special("<[fim-suffix]>"), Slot.AFTER, Special("<[fim-prefix]>"), Slot.BEFORE),
            Special("<[fim-middle]>"),
        ),
        order="spm",
    ),
    document_start="<[begin▁of▁sentence]>",
    ends=("<[end▁of▁sentence]>",),
)
SMOLLM2 = Family(
    name="SmolLM2",
    marks=("<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>", "<|endoftext|>"),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>", "<|im_end|>", "<file_sep>"),
)
PLAIN = Family(name="plain", marks=())

# From what is most special to what fits everything: rows with more marks stand before those that share some of them.
FAMILIES = (
    *(STARCODER, SANTACODER, STARCODER2, QWEN_CODER, CODE_GEMMA, GRANITE4, CODE_LLAMA, DEEPSEEK_CODER, CODESTRAL),
    *(SEED_CODER, SMOLLM2, PLAIN),
)


def recognise(specials: Mapping[str, int]) -> tuple[Family, Problem | None]:
    """The family that a tokenizer belongs to, and what keeps it from one that it seems to belong to.

    ``specials`` are the tokenizer's special tokens, each with its one number. A model of a family that does not fit is
    completed left to right.
    """
    numbers = Counter(specials.values())
    usable = {token for token, number in specials.items() if numbers[number] == 1}
    family = next(family for family in FAMILIES if usable.issuperset(family.marks))
    if family.infill is not None or not (near := _nearest(specials)):
        return family, None
    missing = ", ".join(mark for mark in near.marks if mark not in usable)
    what = f"The tokenizer looks like {near.name}'s but lacks {missing}, so the text behind the cursor is not used."
    return family, Problem(what, "Use the tokenizer that the model was trained with.")


def family_named(name: str) -> Family | None:
    """The row of that name, however it is written; None if there is none."""
    return {_bare(family.name): family for family in FAMILIES}.get(_bare(name))


def _nearest(specials: Container[str]) -> Family | None:
    """The family of which a hole's token is there, though not all of the row is."""
    holes = ((family, family.infill.template) for family in FAMILIES if family.infill)
    hits = {
        family.name: sum(isinstance(item, Special) and item.token in specials for item in template)
        for family, template in holes
    }
    best = max(hits, key=lambda name: hits[name])
    return family_named(best) if hits[best] else None


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
