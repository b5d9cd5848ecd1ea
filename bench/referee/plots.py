"""Two pictures: credits over time, and who spoke in which position."""

from pathlib import Path
from random import Random

from bench.referee.contest import DEFAULT, RULES
from bench.referee.histories import History, steady_history
from bench.referee.match import AHEAD, Rule, play
from bench.referee.rules.booked import CalComLeastRecent
from bench.referee.rules.lists import RoundRobin
from bench.referee.speaking import ExactLedger, Order, RotateByOne, Williams, listen
from bench.referee.svg import INK, cell, document, line, path, text

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#8c6d1f", "#e69f00", "#555555")
MEMBERS, SEATS, MEETINGS = 6, 1, 100
SPAN = 5.0
"""Credits are drawn up to this, above and below 0."""

WIDE, TALL, LEFT, TOP = 760, 150, 70, 30


def draw(folder: Path, seed: int) -> list[Path]:
    """One group of six with one hot seat and 100 meetings, drawn into two files."""
    random = Random(f"plots {seed}")
    history = steady_history(random, MEETINGS, AHEAD, size=MEMBERS, seats=SEATS)
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {"credits.svg": _credits(history), "speaking.svg": _speaking(history)}
    for name, content in drawn.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in drawn]


def _credits(history: History) -> str:
    rules: list[tuple[str, Rule]] = [
        (DEFAULT, RULES[DEFAULT]()),
        (RoundRobin.name, RoundRobin()),
        (CalComLeastRecent.name, CalComLeastRecent()),
    ]
    parts = []
    for index, (name, rule) in enumerate(rules):
        parts += _panel(history, name, rule, TOP + index * (TALL + 40))
    height = TOP + len(rules) * (TALL + 40)
    parts.append(text("meetings held", LEFT + WIDE / 2, height - 4, anchor="middle"))
    title = "Credit of each member over 100 meetings, by three rules"
    return document(LEFT + WIDE + 20, height + 6, title, parts)


def _panel(history: History, name: str, rule: Rule, top: float) -> list[str]:
    def at(meeting: int, credit: float) -> tuple[float, float]:
        clipped = max(-SPAN, min(SPAN, credit))
        return LEFT + WIDE * (meeting + 1) / MEETINGS, top + TALL * (SPAN - clipped) / (2 * SPAN)

    parts = [text(f"{name}: credit, in hot seats", LEFT, top - 8, size=13)]
    for level in (-4, -2, -1, 0, 1, 2, 4):
        y = at(0, level)[1]
        parts.append(line(LEFT, y, LEFT + WIDE, y, INK if level == 0 else "#dddddd"))
        parts.append(text(f"{level:+d}" if level else "0", LEFT - 8, y + 4, size=11, anchor="end"))
    for meeting in range(20, MEETINGS + 1, 20):
        x = at(meeting - 1, 0)[0]
        parts.append(text(str(meeting), x, top + TALL + 14, size=11, anchor="middle"))
    credits_ = play(history, rule, keep=True).credits_
    for stay in history.stays:
        points = [
            at(meeting, credit[stay.member])
            for meeting, credit in enumerate(credits_)
            if stay.member in credit
        ]
        parts.append(path(points, COLOURS[stay.member % len(COLOURS)]))
    return parts


def _speaking(history: History) -> str:
    orders: list[Order] = [ExactLedger(), RotateByOne(), Williams()]
    side, gap = 36, 60
    parts = []
    for index, order in enumerate(orders):
        left = LEFT + index * (MEMBERS * side + gap)
        parts += _heat_map(history, order, left, TOP + 30, side)
    width = LEFT + len(orders) * (MEMBERS * side + gap)
    height = TOP + 30 + MEMBERS * side + 50
    caption = "how often each member spoke at each position, minus how often chance would have it"
    parts.append(text(caption, LEFT, height - 12))
    return document(width, height, "Who spoke in which position, by three orders", parts)


def _heat_map(history: History, order: Order, left: float, top: float, side: int) -> list[str]:
    balances = listen(history, order).balances
    parts = [text(order.name, left, top - 24, size=13)]
    for place in range(MEMBERS):
        x = left + (place + 0.5) * side
        parts.append(text(str(place + 1), x, top - 6, size=11, anchor="middle"))
    for row in range(MEMBERS):
        y = top + row * side
        parts.append(text(str(row + 1), left - 8, y + 23, size=11, anchor="end"))
        for place in range(MEMBERS):
            x, balance = left + place * side, balances["position", row, place]
            parts.append(cell(x, y, side - 1, side - 1, _shade(balance)))
            parts.append(text(f"{balance:+.1f}", x + side / 2, y + 23, size=12, anchor="middle"))
    return parts


def _shade(over: float) -> str:
    """White as expected; redder the more often, bluer the less."""
    fade = 255 - min(200, int(28 * abs(over)))
    return f"rgb(255,{fade},{fade})" if over > 0 else f"rgb({fade},{fade},255)"
