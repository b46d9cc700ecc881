"""What was measured, the goal, and whether it was met; and what the machine is like that measured it."""

import os
import platform
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. Without a goal it is there to compare with, or to judge the others by."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the goal was met; None when there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.at_least is not None:
            return f">= {_plain(self.at_least)}"
        return "" if self.at_most is None else f"<= {_plain(self.at_most)}"

    def row(self) -> list[str]:
        """The cells of its line."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return [self.name, f"{_plain(self.value)} {self.unit}".strip(), self.goal, verdict]

    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "goal": self.goal, "met": self.met}


def machine() -> dict[str, Any]:
    """What the figures depend on. A load above the number of cores means that others were measured too."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def table(rows: list[list[str]]) -> str:
    """Lines with columns of one width."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
