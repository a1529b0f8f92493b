"""Who is asked when: breakers, patience, the wrappers around a backend, each with scripted models and no network."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from glossator.errors import GlossatorError, ModelMissing, ModelUnavailable, PartMissing
from glossator.models.base import Message, Piece, Prompt, Usage, read
from glossator.models.budget import Budget, BudgetedModel, estimate
from glossator.models.consent import Consent
from glossator.models.consenting import AboutFile, ConsentingModel
from glossator.models.exclusions import Exclusions, patterns_of
from glossator.models.fallback import Backend, Breaker, FallbackModel
from glossator.models.faults import ModelFault, NothingSent
from glossator.models.ledger import Ledger, Used
from glossator.models.redaction import RedactingModel
from glossator.models.scripted import ScriptedModel

ASKED = Prompt(text="def f", max_tokens=10)
FAULT = ModelFault("It broke.", "Mend it.")


@dataclass
class FailingModel:
    """Raises the next of ``errors``; None is a good answer."""

    errors: list[GlossatorError | None]
    asked: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        self.asked += 1
        error = self.errors.pop(0) if len(self.errors) > 1 else self.errors[0]
        if error is not None:
            raise error
        yield Piece("well", Usage("failing", "failing"))


@dataclass
class Clock:
    """A clock that moves when told."""

    now: float = 0.0
    states: list[str] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "backends.db")


# Breakers.


async def ask(backend: Backend) -> str:
    try:
        return (await read(FallbackModel([backend]), ASKED))[0]
    except GlossatorError as error:
        return error.what


async def test_three_faults_open_a_breaker_and_one_probe_closes_it() -> None:
    clock, model = Clock(), FailingModel([FAULT, FAULT, FAULT, FAULT, None])
    breaker = Breaker("work", lambda state, fault: clock.states.append(state), clock)
    backend = Backend("work", model, breaker=breaker)
    assert [await ask(backend) for _ in range(3)] == ["It broke."] * 3
    assert await ask(backend) == "work is left alone for 30 seconds after faults: It broke."
    clock.now = 31
    assert await ask(backend) == "It broke.", "the probe"
    assert await ask(backend) == "work is left alone for 60 seconds after faults: It broke."
    clock.now = 92
    assert await ask(backend) == "well"
    assert await ask(backend) == "well"
    assert model.asked == 6
    assert clock.states == ["closed", "closed", "open", "open", "closed"]


async def test_a_half_open_breaker_lets_one_probe_through_and_no_second() -> None:
    clock, slow = Clock(), ScriptedModel(("well\n",), delay=0.2)
    breaker = Breaker("work", clock=clock, opened=1, until=5.0, last="It broke.")
    backend, clock.now = Backend("work", slow, breaker=breaker), 6.0
    answers = await asyncio.gather(ask(backend), ask(backend))
    assert sorted(answers) == ["well\n", "work is left alone for 1 seconds after faults: It broke."]


async def test_a_cancelled_probe_leaves_the_way_free_for_another() -> None:
    clock, model = Clock(now=6.0), ScriptedModel(("one\ntwo\n",))
    backend = Backend("work", model, breaker=Breaker("work", clock=clock, opened=1, until=5.0))
    async with aclosing(FallbackModel([backend]).stream(ASKED)) as pieces:
        await anext(pieces)
    assert model.cancelled == 1
    assert await ask(backend) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(ModelFault("Slow down.", wait=7.0), 7), (ModelMissing("No such model."), 300), (NothingSent("No consent."), 0)],
)
async def test_what_names_a_time_opens_at_once_and_what_was_not_sent_never(error: GlossatorError, seconds: int) -> None:
    breaker = Breaker("work", clock=Clock())
    await ask(Backend("work", FailingModel([error]), breaker=breaker))
    assert (breaker.opened, breaker.until) == ((1, seconds) if seconds else (0, 0))


async def test_whoever_begins_has_the_floor_and_whoever_stops_listening_stops_the_work() -> None:
    first, second = ScriptedModel(("a\nb\n",)), ScriptedModel(("c\n",))
    async with aclosing(FallbackModel([Backend("1", first), Backend("2", second)]).stream(ASKED)) as pieces:
        assert (await anext(pieces)).text == "a\n"
    assert (first.cancelled, second.asked) == (1, [])


async def test_a_single_models_error_stays_what_it_was() -> None:
    with pytest.raises(ModelMissing, match="Gone"):
        await read(FallbackModel([Backend("1", FailingModel([ModelMissing("Gone.")]))]), ASKED)
    with pytest.raises(ModelUnavailable, match="No backend is set up"):
        await read(FallbackModel([]), ASKED)
    both = [Backend(name, FailingModel([ModelMissing(f"{name} is gone.")])) for name in ("One", "Two")]
    with pytest.raises(ModelUnavailable, match=r"Nobody answered\. One is gone\. Two is gone\."):
        await read(FallbackModel(both), ASKED)


# Consent and exclusions.


async def allowed(model: ConsentingModel, path: Path | None = None) -> str:
    try:
        return (await read(AboutFile(model, path), ASKED))[0]
    except NothingSent as error:
        return str(error)


async def test_consent_is_asked_for_once_wanted_and_holds_until_it_is_revoked(ledger: Ledger, tmp_path: Path) -> None:
    consent = Consent("models", "ask", tmp_path, ledger, "work at example.org")
    model = ConsentingModel(ScriptedModel(("sent\n",)), "work", consent, Exclusions(tmp_path))
    refusal = "Nothing of this folder is sent to work: you did not allow it. To allow it: glossator consent allow"
    assert not consent.wanted
    assert await allowed(model) == refusal
    assert consent.wanted and "work at example.org" in consent.question.text and str(tmp_path) in consent.question.text
    await consent.decide(True)
    assert (await allowed(model), consent.wanted) == ("sent\n", False)
    other = replace(model, consent=Consent("models", "ask", tmp_path / "other", ledger))
    assert await allowed(other) == refusal, "for this folder alone"
    assert ledger.revoke(str(tmp_path)) == 1
    assert await allowed(model) == refusal
    await consent.decide(False)
    assert (await allowed(model), consent.wanted) == (refusal, False)


@pytest.mark.parametrize(("setting", "sent"), [("off", False), ("ask", False), ("on", True)])
async def test_a_ledger_that_cannot_be_read_holds_no_consent(setting: str, sent: bool, tmp_path: Path) -> None:
    (tmp_path / "backends.db").write_text("no database at all, and long enough to be looked at " * 20)
    consent = Consent("models", setting, tmp_path, Ledger(tmp_path / "backends.db"))  # type: ignore[arg-type]
    model = ConsentingModel(ScriptedModel(("sent\n",)), "work", consent, Exclusions(tmp_path))
    assert (await allowed(model) == "sent\n") is sent


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".env", "files of this name hold secrets"),
        ("deploy/.env.production", "files of this name hold secrets"),
        ("ID_RSA", "files of this name hold secrets"),
        ("a/server.KEY", "files of this name hold secrets"),
        (".ssh/config", "files of this name hold secrets"),
        ("private/x.py", "backends.ignore excludes it"),
        ("build/x.py", "git ignores it"),
        ("inner/local.py", "git ignores it"),
        ("inner/kept.py", ""),
        ("link.py", "files of this name hold secrets"),
        ("environment.py", ""),
        ("keys.py", ""),
        ("credentials.py", ""),
        ("config/secrets.yaml", "files of this name hold secrets"),
    ],
)
async def test_some_files_are_never_sent(name: str, reason: str, tmp_path: Path) -> None:
    root = tmp_path
    (root / "inner").mkdir()
    (root / ".gitignore").write_text("build/\n*.log\nkept.py\n")
    (root / "inner" / ".gitignore").write_text("local.py\n!kept.py\n")
    (root / ".env").write_text("")
    (root / "link.py").symlink_to(root / ".env")
    exclusions = Exclusions(root, patterns_of(" private/ , *.secret"), gitignored=True)
    model = ConsentingModel(ScriptedModel(("sent\n",)), "work", None, exclusions)
    told = await allowed(model, root / name)
    file = (root / name).name
    expected = f"{file} is not sent to work: {reason}. The answer was made on this machine." if reason else "sent\n"
    assert told == expected


# Budgets.


def budgeted(ledger: Ledger, budget: Budget, model: object = None) -> BudgetedModel:
    return BudgetedModel(model or ScriptedModel(("a b c\n",)), "work", "work at x", budget, ledger)  # type: ignore[arg-type]


async def test_a_month_ends_where_its_tokens_do(ledger: Ledger) -> None:
    model = budgeted(ledger, Budget(monthly_tokens=20))
    await read(model, ASKED)
    counted = ledger.used("work")
    assert (counted.requests, counted.tokens) == (1, estimate(ASKED) + 3)
    with pytest.raises(NothingSent) as caught:
        await read(model, replace(ASKED, max_tokens=100))
    assert str(caught.value) == (
        "The month's budget of work at x is used up: 5 tokens of 20. "
        "It begins anew next month; or raise the limits of this backend in your settings."
    )
    assert ledger.used("work") == counted


async def test_money_counts_by_the_settings_prices(ledger: Ledger) -> None:
    model = budgeted(ledger, Budget(price_in=1_000_000, price_out=2_000_000, monthly_cost=30))
    await read(model, ASKED)
    assert ledger.used("work").cost == estimate(ASKED) + 6
    with pytest.raises(NothingSent, match=r"5 tokens, 8\.00 of 30\.00 spent"):
        await read(model, replace(ASKED, max_tokens=20))


async def test_nothing_is_counted_for_a_fault_and_something_for_half_an_answer(ledger: Ledger) -> None:
    with pytest.raises(ModelFault):
        await read(budgeted(ledger, Budget(), FailingModel([FAULT])), ASKED)
    assert ledger.used("work").tokens == 0
    async with aclosing(budgeted(ledger, Budget(), ScriptedModel(("a\nb\n",))).stream(ASKED)) as pieces:
        await anext(pieces)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert ledger.used("work").tokens >= estimate(ASKED)


def test_two_windows_cannot_both_take_the_last_of_it(tmp_path: Path) -> None:
    one, two = Ledger(tmp_path / "b.db"), Ledger(tmp_path / "b.db")
    most = Used(tokens=10)
    assert one.reserve("work", 7, 0.0, most) is None
    assert two.reserve("work", 7, 0.0, most) == Used(1, 7, 0.0)
    assert two.reserve("other", 7, 0.0, most) is None
    assert (tmp_path / "b.db").stat().st_mode & 0o077 == 0


def test_another_month_begins_at_nothing(tmp_path: Path, ledger: Ledger) -> None:
    ledger.reserve("work", 7, 0.0, Used())
    with sqlite3.connect(ledger.file) as base:
        base.execute("UPDATE used SET month = '2001-01'")
    base.close()
    assert ledger.used("work") == Used()


async def test_a_budget_that_cannot_be_counted_is_not_spent(tmp_path: Path) -> None:
    scripted = ScriptedModel(("a\n",))
    with pytest.raises(PartMissing, match="cannot be used"):
        await read(budgeted(Ledger(tmp_path / "no" / "such" / "folder"), Budget(), scripted), ASKED)
    assert scripted.asked == []


# Redaction.


async def test_no_secret_gets_through() -> None:
    key = "hf_" + "a1B2" * 8
    scripted = ScriptedModel(("ok\n",))
    asked = Prompt(text=f"KEY = '{key}'\nx = 1  # hf_{'z' * 12}", suffix=f"{'z' * 12}\ny = '{key}'\n")
    await read(RedactingModel(scripted), asked)
    await read(RedactingModel(scripted), Prompt(messages=(Message("user", f"What is {key}?"),)))
    first, second = scripted.asked
    assert first.text == "KEY = 'REDACTED_HUGGING_FACE'\nx = 1  # REDACTED_HUGGING_FACE"
    assert first.suffix == "\ny = 'REDACTED_HUGGING_FACE'\n"
    assert second.messages[0].content == "What is REDACTED_HUGGING_FACE?"
