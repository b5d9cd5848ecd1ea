"""The referee's tables, as Markdown."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bench.referee.contest import CALM, DEFAULT, ORDERS, RULES, UNGUARDED, Outcome
from bench.referee.flood import Flood
from bench.referee.match import Score
from bench.referee.speaking import KINDS
from bench.referee.timing import Timing

OURS = {DEFAULT, CALM}

FIGURES = (
    "largest \\|credit\\|: median / 95 % / worst",
    "longest wait ÷ ⌈n/k⌉: median / worst",
    "taken away per 100 meetings, 12 ahead (next 3)",
)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def rules(outcomes: Sequence[Outcome], meetings: int) -> str:
    rows = []
    for name in [*RULES, UNGUARDED]:
        row = [name, *figures([outcome.scores[name] for outcome in outcomes], meetings)]
        rows.append([f"**{cell}**" for cell in row] if name in OURS else row)
    return table(["rule", *FIGURES], rows)


def figures(scores: Sequence[Score], meetings: int) -> list[str]:
    """The cells under `FIGURES`, for the scores of one rule in groups of so many meetings."""
    credit = sorted(score.largest_credit for score in scores)
    waits = [score.largest_wait for score in scores]
    per_100 = 100 / (meetings * len(scores))
    taken = per_100 * _sum(scores, lambda score: score.taken_away)
    soon = per_100 * _sum(scores, lambda score: score.taken_away_soon)
    return [
        f"{median(credit):.2f} / {_high(credit):.2f} / {credit[-1]:.2f}",
        f"{median(waits):.2f} / {max(waits):.2f}",
        f"{taken:.1f} ({soon:.1f})",
    ]


def refusals(outcomes: Sequence[Outcome]) -> str:
    """What the guard refused of the urgent requests, in per cent."""

    def part(name: str) -> str:
        scores = [outcome.scores[name] for outcome in outcomes]
        asked = sum(score.asked for score in scores)
        return f"{100 * _sum(scores, lambda score: score.refused) / max(asked, 1):.1f} % ({name})"

    return "Urgent requests refused by the guard: " + ", ".join(map(part, sorted(OURS))) + "."


def speaking(outcomes: Sequence[Outcome]) -> str:
    rows = []
    for order in ORDERS:
        largest = [outcome.imbalances[order.name] for outcome in outcomes]
        cells = [
            f"{median(one[kind] for one in largest):.2f} / {max(one[kind] for one in largest):.2f}"
            for kind in KINDS
        ]
        rows.append([order.name, *cells])
    return table(["order", "first", "last", "any position", "following the same person"], rows)


def floods(found: Sequence[tuple[str, Flood]]) -> str:
    rows = [
        [name, f"{flood.average:.2f} / {flood.worst:.2f}", str(flood.most_in_a_row)]
        for name, flood in found
    ]
    return table(["rule", "hot seats ÷ fair share: mean / worst", "most in a row"], rows)


def timings(found: Sequence[Timing]) -> str:
    rows = [
        [
            str(timing.seats),
            f"{timing.median:.2f} / {timing.p99:.2f} / {timing.worst:.2f}",
            f"{timing.round_robin:.3f}",
            f"{timing.ratio:.0f}",
        ]
        for timing in found
    ]
    header = [
        "hot seats",
        "a plan, ms of processor time: median / 99 % / worst",
        "a bare round robin, ms: median",
        "ratio of medians",
    ]
    return table(header, rows)


def _high(ordered: Sequence[float]) -> float:
    return ordered[int(0.95 * (len(ordered) - 1))]


def _sum(scores: Sequence[Score], of: Callable[[Score], int]) -> int:
    return sum(map(of, scores))
