"""Questions about installed packages, as somebody asks who does not know the name, and the names that answer them.

Written before the ranking was tuned, and from what the packages can do, not from the wording of their docstrings. The
``tuning`` ones were looked at while it was tuned; the figures are of the others alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of which distribution, and the qualified names of which any is a right answer."""

    distribution: str
    text: str
    answers: tuple[str, ...]


TUNING = (
    Question(
        "transformers",
        "How do I save a model to a folder?",
        ("transformers.modeling_utils.PreTrainedModel.save_pretrained",),
    ),
    Question(
        "transformers",
        "turn token ids back into text",
        (
            "transformers.tokenization_utils_base.PreTrainedTokenizerBase.decode",
            "transformers.tokenization_utils_base.PreTrainedTokenizerBase.batch_decode",
        ),
    ),
    Question(
        "transformers",
        "stop generating when a certain string appears",
        ("transformers.generation.stopping_criteria.StopStringCriteria",),
    ),
    Question(
        "peft",
        "how do I turn the adapter off for a moment",
        (
            "peft.peft_model.PeftModel.disable_adapter",
            "peft.mixed_model.PeftMixedModel.disable_adapter",
        ),
    ),
    Question(
        "peft",
        "count the trainable parameters",
        (
            "peft.peft_model.PeftModel.get_nb_trainable_parameters",
            "peft.peft_model.PeftModel.print_trainable_parameters",
            "peft.mixed_model.PeftMixedModel.get_nb_trainable_parameters",
            "peft.mixed_model.PeftMixedModel.print_trainable_parameters",
        ),
    ),
    Question(
        "torch",
        "split a tensor into chunks of equal size",
        ("torch.functional.split", "torch.chunk", "torch.Tensor.chunk"),
    ),
    Question("torch", "set the random seed", ("torch.random.manual_seed",)),
    Question("rich", "print a table with columns", ("rich.table.Table",)),
    Question(
        "rich",
        "show a spinner while waiting",
        ("rich.status.Status", "rich.console.Console.status", "rich.spinner.Spinner"),
    ),
    Question(
        "diskcache",
        "remember the results of a function",
        (
            "diskcache.core.Cache.memoize",
            "diskcache.djangocache.DjangoCache.memoize",
            "diskcache.persistent.Index.memoize",
        ),
    ),
    Question(
        "httpx2",
        "follow redirects only this once",
        ("httpx2._api.get", "httpx2._api.request", "httpx2._client.Client", "httpx2._client.Client.send"),
    ),
    Question("pygls", "show a message to the user", ("pygls.lsp._base_server.BaseLanguageServer.window_show_message",)),
    Question("python", "copy a folder with everything in it", ("shutil.copytree",)),
    Question("python", "split a shell command line into words", ("shlex.split",)),
    Question("python", "run code when the process exits", ("atexit.register", "atexit")),
)
QUESTIONS = (
    Question(
        "transformers", "how can I push the model to the hub", ("transformers.utils.hub.PushToHubMixin.push_to_hub",)
    ),
    Question(
        "transformers",
        "add new tokens to the tokenizer",
        (
            "transformers.tokenization_utils_base.PreTrainedTokenizerBase.add_tokens",
            "transformers.tokenization_utils_base.SpecialTokensMixin.add_tokens",
        ),
    ),
    Question(
        "transformers",
        "resize embeddings after adding tokens",
        ("transformers.modeling_utils.PreTrainedModel.resize_token_embeddings",),
    ),
    Question(
        "transformers", "stop after a number of seconds", ("transformers.generation.stopping_criteria.MaxTimeCriteria",)
    ),
    Question("transformers", "load a model in 4 bits", ("transformers.utils.quantization_config.BitsAndBytesConfig",)),
    Question(
        "transformers",
        "apply a chat template to messages",
        (
            "transformers.tokenization_utils_base.PreTrainedTokenizerBase.apply_chat_template",
            "transformers.processing_utils.ProcessorMixin.apply_chat_template",
        ),
    ),
    Question(
        "transformers",
        "stream generated text word by word to the terminal",
        ("transformers.generation.streamers.TextStreamer",),
    ),
    Question(
        "transformers",
        "penalize repetition of tokens",
        ("transformers.generation.logits_process.RepetitionPenaltyLogitsProcessor",),
    ),
    Question(
        "peft",
        "merge the adapter into the base model",
        (
            "peft.tuners.tuners_utils.BaseTuner.merge_and_unload",
            "peft.tuners.lora.model.LoraModel.merge_and_unload",
            "peft.tuners.tuners_utils.BaseTuner.merge_adapter",
        ),
    ),
    Question(
        "peft",
        "switch to another adapter",
        (
            "peft.peft_model.PeftModel.set_adapter",
            "peft.mixed_model.PeftMixedModel.set_adapter",
            "peft.tuners.tuners_utils.BaseTuner.set_adapter",
            "peft.tuners.tuners_utils.set_adapter",
        ),
    ),
    Question("peft", "prepare a quantized model for training", ("peft.utils.other.prepare_model_for_kbit_training",)),
    Question(
        "peft", "combine several adapters with weights", ("peft.tuners.lora.model.LoraModel.add_weighted_adapter",)
    ),
    Question("torch", "concatenate tensors", ("torch.cat",)),
    Question(
        "torch",
        "switch off gradient computation",
        (
            "torch.autograd.grad_mode.no_grad",
            "torch.autograd.grad_mode.set_grad_enabled",
            "torch.autograd.grad_mode.inference_mode",
        ),
    ),
    Question("torch", "clip the norm of gradients", ("torch.nn.utils.clip_grad.clip_grad_norm_",)),
    Question("torch", "save an object to a file", ("torch.serialization.save",)),
    Question(
        "torch",
        "multiply matrices",
        ("torch.matmul", "torch.mm", "torch.Tensor.matmul", "torch.Tensor.mm", "torch.bmm"),
    ),
    Question("torch", "warm up the learning rate linearly", ("torch.optim.lr_scheduler.LinearLR",)),
    Question("rich", "highlight source code", ("rich.syntax.Syntax", "rich.syntax")),
    Question("rich", "progress bar over an iterable", ("rich.progress.track", "rich.progress.Progress.track")),
    Question("rich", "ask the user yes or no", ("rich.prompt.Confirm",)),
    Question("httpx2", "send a request with basic authentication", ("httpx2._auth.BasicAuth",)),
    Question("httpx2", "limit the number of connections", ("httpx2._config.Limits",)),
    Question(
        "httpx2",
        "read the response line by line",
        ("httpx2._models.Response.iter_lines", "httpx2._models.Response.aiter_lines"),
    ),
    Question(
        "diskcache", "remove expired items", ("diskcache.core.Cache.expire", "diskcache.fanout.FanoutCache.expire")
    ),
    Question(
        "diskcache", "add to a number atomically", ("diskcache.core.Cache.incr", "diskcache.fanout.FanoutCache.incr")
    ),
    Question("pygls", "get an open document by its uri", ("pygls.workspace.workspace.Workspace.get_text_document",)),
    Question("python", "make a temporary folder that removes itself", ("tempfile.TemporaryDirectory",)),
    Question("python", "group consecutive equal items", ("itertools.groupby",)),
    Question(
        "python",
        "wait until the first of several tasks is done",
        (
            "asyncio.tasks.wait",
            "asyncio.tasks.as_completed",
            "concurrent.futures._base.wait",
            "concurrent.futures._base.as_completed",
        ),
    ),
)
