import pytest

from app.domain.errors import Invalid
from app.domain.feed_options import PARTS, FeedOptions, Part, feed_options


def test_left_out_means_all_that_the_feed_can_show() -> None:
    plain = {"include": None, "topics": False, "todos": "vevent", "alarms": ()}
    assert feed_options(of_group=True, **plain) == FeedOptions(("meetings",))  # type: ignore[arg-type]
    assert feed_options(of_group=False, **plain) == FeedOptions(PARTS)  # type: ignore[arg-type]


def test_the_options_come_in_one_order_and_once() -> None:
    found = feed_options(
        of_group=False,
        include=["commitments", "meetings", "commitments"],
        topics=True,
        todos="vtodo",
        alarms=[10, 60, 10],
    )
    assert found == FeedOptions(("meetings", "commitments"), True, "vtodo", (60, 10))


@pytest.mark.parametrize(
    ("include", "topics", "code"),
    [
        (["hot_seats"], False, "include_of_person"),
        (["meetings", "commitments"], False, "include_of_person"),
        (["meetings"], True, "topics_of_person"),
    ],
)
def test_what_is_a_persons_own_is_in_no_group_feed(
    include: list[Part], code: str, *, topics: bool
) -> None:
    with pytest.raises(Invalid) as refused:
        feed_options(of_group=True, include=include, topics=topics, todos="vevent", alarms=())
    assert refused.value.code == code
