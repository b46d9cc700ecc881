"""One-time codes, and the steps that wait for them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictStr

from authapp.wire.common import Body, Time, Typed

Purpose = Literal["sign_up", "recovery", "add_phone", "step_up"]
StepKey = Annotated[StrictStr, Field(max_length=100, repr=False, examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]


class StepBody(Body):
    """Step that waits for a code. Purpose and key are those of the answer that began it."""

    purpose: Purpose
    step: StepKey


class CodeBody(Body):
    """Code that the user received, and the step that waits for it."""

    step: StepKey
    code: Annotated[Typed, Field(repr=False, examples=["123456"])]


class Step(BaseModel):
    """Step that waits for a code. `step` is its key, which only the caller may know."""

    purpose: Purpose
    step: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]
    target: Annotated[str, Field(examples=["+49 1512 3456789"])]  # recipient; a number as it is dialled
    guesses: Annotated[int, Field(ge=0, examples=[5])]
    again_at: Time  # earliest time of another code
    sends: Annotated[int, Field(ge=1, examples=[1])]
    undelivered: bool = False  # the number gets no texts, as far as known; never true for a recovery
