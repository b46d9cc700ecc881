"""Figures of the benchmarks: measured value, goal and verdict, and facts about the machine."""

import os
import platform
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. A figure without a goal is there for comparison, or to judge the others by."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool | None:
        """Return whether the goal was met; None when the figure has no goal."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most

    @property
    def goal(self) -> str:
        """Return the goal as text."""
        if self.at_least is not None:
            return f">= {_plain(self.at_least)}"
        return "" if self.at_most is None else f"<= {_plain(self.at_most)}"

    def row(self) -> list[str]:
        """Return the cells of the line."""
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        return [self.name, f"{_plain(self.value)} {self.unit}".strip(), self.goal, verdict]

    def facts(self) -> dict[str, Any]:
        """Return the same facts for programs."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "goal": self.goal, "met": self.met}


def machine() -> dict[str, Any]:
    """Return the facts that the figures depend on. A load above the number of cores means that other work ran too."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": [round(one, 2) for one in os.getloadavg()],
    }


def table(rows: list[list[str]]) -> str:
    """Format rows as lines with aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
