"""Questions about installed packages, as somebody asks who does not know the name, and the names that answer them.

Written before the ranking was tuned, and from what the packages can do, not from the wording of their docstrings.
``TUNING`` were looked at while it was tuned; ``QUESTIONS``, most of them about other packages, never: of them alone are
the figures.
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
QUESTIONS = (
    Question(
        "click",
        "ask for a password without showing what is typed",
        ("click.termui.prompt", "click.decorators.password_option"),
    ),
    Question("click", "print coloured text to the terminal", ("click.termui.secho", "click.termui.style")),
    Question("click", "let the user edit a text in their editor", ("click.termui.edit",)),
    Question("click", "open a web page in the browser", ("click.termui.launch",)),
    Question(
        "click",
        "run a command in a test and look at its output",
        ("click.testing.CliRunner", "click.testing.CliRunner.invoke"),
    ),
    Question(
        "requests",
        "raise an exception if the server answered with an error",
        ("requests.models.Response.raise_for_status",),
    ),
    Question(
        "requests",
        "download a large body piece by piece",
        ("requests.models.Response.iter_content", "requests.models.Response.iter_lines"),
    ),
    Question("requests", "keep cookies between several requests", ("requests.sessions.Session",)),
    Question("requests", "use a different transport for one host", ("requests.sessions.Session.mount",)),
    Question("pydantic", "turn a model into a JSON string", ("pydantic.main.BaseModel.model_dump_json",)),
    Question(
        "pydantic",
        "check a field with my own function",
        (
            "pydantic.functional_validators.field_validator",
            "pydantic.functional_validators.AfterValidator",
            "pydantic.functional_validators.BeforeValidator",
        ),
    ),
    Question(
        "pydantic",
        "validate something that is not a model, such as a list",
        ("pydantic.type_adapter.TypeAdapter", "pydantic.type_adapter.TypeAdapter.validate_python"),
    ),
    Question(
        "pydantic", "hide a password when the model is printed", ("pydantic.types.SecretStr", "pydantic.types.Secret")
    ),
    Question("pydantic", "make a model class at run time", ("pydantic.main.create_model",)),
    Question(
        "accelerate",
        "wait until all processes are here",
        ("accelerate.accelerator.Accelerator.wait_for_everyone", "accelerate.state.PartialState.wait_for_everyone"),
    ),
    Question(
        "accelerate",
        "try a smaller batch when memory runs out",
        ("accelerate.utils.memory.find_executable_batch_size",),
    ),
    Question(
        "accelerate",
        "create a model without allocating its weights",
        ("accelerate.big_modeling.init_empty_weights", "accelerate.big_modeling.init_on_device"),
    ),
    Question(
        "accelerate",
        "collect predictions of all devices for the metrics",
        ("accelerate.accelerator.Accelerator.gather_for_metrics", "accelerate.accelerator.Accelerator.gather"),
    ),
    Question(
        "networkx",
        "shortest path between two nodes with weights",
        (
            "networkx.algorithms.shortest_paths.weighted.dijkstra_path",
            "networkx.algorithms.shortest_paths.generic.shortest_path",
            "networkx.algorithms.shortest_paths.weighted.bidirectional_dijkstra",
            "networkx.algorithms.shortest_paths.weighted.bellman_ford_path",
        ),
    ),
    Question(
        "networkx",
        "order the nodes so that every edge points forward",
        (
            "networkx.algorithms.dag.topological_sort",
            "networkx.algorithms.dag.lexicographical_topological_sort",
            "networkx.algorithms.dag.all_topological_sorts",
        ),
    ),
    Question(
        "networkx",
        "are all nodes reachable from each other",
        (
            "networkx.algorithms.components.connected.is_connected",
            "networkx.algorithms.components.strongly_connected.is_strongly_connected",
        ),
    ),
    Question(
        "more-itertools",
        "split a list into pieces of a given length",
        (
            "more_itertools.more.chunked",
            "more_itertools.more.sliced",
            "more_itertools.more.ichunked",
            "more_itertools.recipes.batched",
            "more_itertools.recipes.grouper",
            "more_itertools.recipes._batched",
        ),
    ),
    Question(
        "more-itertools",
        "look at the next item without consuming it",
        ("more_itertools.more.peekable", "more_itertools.more.spy"),
    ),
    Question("more-itertools", "drop duplicates but keep the order", ("more_itertools.recipes.unique_everseen",)),
    Question("psutil", "how much memory is free on this machine", ("psutil.virtual_memory",)),
    Question(
        "psutil",
        "stop a process and everything that it started",
        ("psutil.Process.children", "psutil.Process.kill", "psutil.Process.terminate"),
    ),
    Question("packaging", "is this version a pre-release", ("packaging.version.Version.is_prerelease",)),
    Question("packaging", "get name and version out of the name of a wheel", ("packaging.utils.parse_wheel_filename",)),
    Question(
        "anyio",
        "give up waiting after some seconds",
        ("anyio._core._tasks.move_on_after", "anyio._core._tasks.fail_after"),
    ),
    Question("anyio", "run a blocking function in a worker thread", ("anyio.to_thread.run_sync",)),
    Question("starlette", "send the browser to another address", ("starlette.responses.RedirectResponse",)),
    Question(
        "starlette",
        "do something after the response was sent",
        ("starlette.background.BackgroundTask", "starlette.background.BackgroundTasks"),
    ),
    Question(
        "huggingface_hub",
        "download a whole repository",
        ("huggingface_hub._snapshot_download.snapshot_download", "huggingface_hub.hf_api.HfApi.snapshot_download"),
    ),
    Question(
        "huggingface_hub", "is a file already in the cache", ("huggingface_hub.file_download.try_to_load_from_cache",)
    ),
    Question("python", "count how often each word occurs", ("collections.Counter",)),
    Question(
        "python",
        "compare two lists of lines and show the differences",
        (
            "difflib.unified_diff",
            "difflib.ndiff",
            "difflib.context_diff",
            "difflib.Differ",
            "difflib.Differ.compare",
            "difflib.HtmlDiff",
            "difflib",
        ),
    ),
    Question("python", "read a file with comma separated values as dictionaries", ("csv.DictReader",)),
    Question(
        "python",
        "measure how long a small piece of code takes",
        ("timeit", "timeit.timeit", "timeit.Timer", "timeit.Timer.timeit"),
    ),
)
