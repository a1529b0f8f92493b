"""A model with a monthly limit, in tokens and in money, counted on this machine for all windows together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from glossator.errors import PartMissing
from glossator.models.base import Model, Piece, Prompt, Usage
from glossator.models.faults import NothingSent
from glossator.models.ledger import Ledger, Used

# Code has three to four characters for a token; the estimate rather counts too many, and the answer corrects it.
CHARACTERS_A_TOKEN = 3
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """Prices for a million tokens, and the most that a month may take; 0 is no limit."""

    price_in: float = 0.0
    price_out: float = 0.0
    monthly_tokens: int = 0
    monthly_cost: float = 0.0

    def cost(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost."""
        return (tokens_in * self.price_in + tokens_out * self.price_out) / MILLION


@dataclass(frozen=True, slots=True)
class BudgetedModel:
    """The port ``Model`` over another; ``name`` is the backend's, ``label`` what the user is told of it."""

    model: Model
    name: str
    label: str
    budget: Budget
    ledger: Ledger

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer, counted: reserved before, corrected afterwards, also if nobody reads to its end.

        Raises:
            NothingSent: the month's limit does not leave enough.
        """
        reserved_in, reserved_out = estimate(prompt), prompt.max_tokens
        await self._reserve(reserved_in, reserved_out)
        usage: Usage | None = None
        begun = False
        try:
            async with aclosing(self.model.stream(prompt)) as pieces:
                async for piece in pieces:
                    begun = True
                    usage = piece.usage or usage
                    yield piece
        except PartMissing:
            reserved = (reserved_in, reserved_out)
            await asyncio.to_thread(self._correct, reserved, usage if begun else Usage("", "", prompt_tokens=0), begun)
            raise
        except BaseException:  # cancelled or closed: nothing may be awaited here, and the count goes on without us
            asyncio.get_running_loop().run_in_executor(None, self._correct, (reserved_in, reserved_out), usage, True)
            raise
        await asyncio.to_thread(self._correct, (reserved_in, reserved_out), usage, True)

    async def _reserve(self, tokens_in: int, tokens_out: int) -> None:
        cost = self.budget.cost(tokens_in, tokens_out)
        most = Used(0, self.budget.monthly_tokens, self.budget.monthly_cost)
        full = await asyncio.to_thread(self.ledger.reserve, self.name, tokens_in + tokens_out, cost, most)
        if full is not None:
            told = f"The month's budget of {self.label} is used up: {spell(full, self.budget)}."
            raise NothingSent(told, "It begins anew next month; or raise the limits of this backend in your settings.")

    def _correct(self, reserved: tuple[int, int], usage: Usage | None, sent: bool) -> None:
        """Count what the answer says it took; what it leaves open stays as it was reserved."""
        tokens_in = (usage.prompt_tokens if usage and usage.prompt_tokens else reserved[0]) if sent else 0
        tokens_out = (usage.completion_tokens if usage else 0) if sent else 0
        cost = self.budget.cost(tokens_in, tokens_out) - self.budget.cost(*reserved)
        self.ledger.correct(self.name, tokens_in + tokens_out - sum(reserved), cost)


def estimate(prompt: Prompt) -> int:
    """About how many tokens a prompt has; rather too many."""
    characters = len(prompt.text) + len(prompt.suffix) + sum(len(one.content) for one in prompt.messages)
    return characters // CHARACTERS_A_TOKEN + 1


def spell(used: Used, budget: Budget) -> str:
    """What was used, beside the limits that there are."""
    tokens = f"{used.tokens:,} tokens" + (f" of {budget.monthly_tokens:,}" if budget.monthly_tokens else "")
    if not (budget.price_in or budget.price_out):
        return tokens
    return f"{tokens}, {used.cost:.2f}" + (f" of {budget.monthly_cost:.2f}" if budget.monthly_cost else "") + " spent"
