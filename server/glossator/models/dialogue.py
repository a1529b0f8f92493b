"""Questions and answers as plain text, for a model that was trained on such texts and has no chat template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What stands before a question, and before an answer."""

    question: str
    answer: str

    @property
    def ends(self) -> tuple[str, ...]:
        """What ends an answer: the training texts stood one behind the other, so the next question follows it."""
        return (f"\n\n{self.question.rstrip()}",)

    def spell(self, turns: Iterable[tuple[str, str]]) -> str:
        """Turns, each a role and its content. What the system says belongs to the question that follows it; nothing
        stands behind the last colon, not even a blank."""
        text: list[str] = []
        for role, content in turns:
            if role == "assistant":
                text.append(f"{self.answer} {content.strip()}")
            elif text and text[-1].startswith(self.question):
                text[-1] += f"\n\n{content.strip()}"
            else:
                text.append(f"{self.question}{content.strip()}")
        return "\n\n".join([*text, self.answer])


# As OctoPack and Astraios were trained, on StarCoder's tokens.
QUESTION_ANSWER = Dialogue("Question: ", "Answer:")
