"""Run benchmarks: `python -m benchmarks [--json] [name ...]`. Prints a table for each name, by default for all."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import event, login_page, many_users, people, revoke, session_check, sign_in
from benchmarks.figures import machine, table

BENCHMARKS = {
    "sign_in": sign_in,
    "session_check": session_check,
    "event": event,
    "login_page": login_page,
    "revoke": revoke,
    "many_users": many_users,
    "people": people,
}
HEAD = ["figure", "measured", "goal", ""]


def main() -> None:
    """Run the named benchmarks one after the other, each with its own server."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; all when absent")
    parser.add_argument("--json", action="store_true", help="print JSON; progress goes to standard error")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"benchmark {', '.join(sorted(unknown))} does not exist")
    results = {}
    for name in asked.names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        results[name] = _run(name, quiet=asked.json)
    if asked.json:
        print(json.dumps({"machine": machine(), "benchmarks": results}, indent=2))


def _run(name: str, *, quiet: bool) -> dict[str, object]:
    before = machine()
    with tempfile.TemporaryDirectory(prefix="authapp-bench-") as folder:
        figures = BENCHMARKS[name].measure(Path(folder))
    facts = {**before, "load_after": machine()["load"]}
    if not quiet:
        about = (BENCHMARKS[name].__doc__ or "").strip().splitlines()[0]
        print(f"\n{name}: {about}")
        print(", ".join(f"{what} {value}" for what, value in facts.items()))
        print(table([HEAD, *(figure.row() for figure in figures)]), flush=True)
    return {"machine": facts, "figures": [figure.facts() for figure in figures]}


if __name__ == "__main__":
    main()
