"""Just enough SVG for two plots."""

from collections.abc import Iterable
from html import escape

INK, PALE = "#333333", "#dddddd"


def element(tag: str, content: str = "", **attributes: object) -> str:
    """An underscore in a name is a hyphen in the attribute's."""
    written = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def text(words: str, x: float, y: float, *, size: int = 12, anchor: str = "start") -> str:
    return element(
        "text",
        escape(words),
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        font_size=size,
        fill=INK,
        text_anchor=anchor,
    )


def line(x1: float, y1: float, x2: float, y2: float, colour: str = PALE) -> str:
    return element(
        "line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=colour
    )


def path(points: Iterable[tuple[float, float]], colour: str) -> str:
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return element("polyline", points=joined, fill="none", stroke=colour, stroke_width=1.2)


def cell(x: float, y: float, width: float, height: float, colour: str) -> str:
    return element(
        "rect",
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        fill=colour,
    )


def document(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    background = cell(0, 0, width, height, "#ffffff")
    return (
        element(
            "svg",
            "\n".join(["", element("title", escape(title)), background, *parts, ""]),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {width} {height}",
            font_family="system-ui, sans-serif",
        )
        + "\n"
    )
