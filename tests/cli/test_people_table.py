"""Tables of people as spreadsheets save them."""

import pytest

from app.cli.people_table import Fault, FaultyTableError, read_people

HEADER = "name,email,time_zone,locale,external_id,industry,role,goals\n"
FULL = (
    "Clive Lewis,Jack@Example.org,Europe/London,en-GB,crm-1,Publishing,Author,Finish the trilogy\n"
)


def faults_of(table: str | bytes) -> list[str]:
    content = table.encode() if isinstance(table, str) else table
    with pytest.raises(FaultyTableError) as caught:
        read_people(content)
    return [str(fault) for fault in caught.value.faults]


def test_all_columns_are_read() -> None:
    (row,) = read_people((HEADER + FULL).encode())
    assert row.line == 2
    assert row.fields == {
        "name": "Clive Lewis",
        "email": "Jack@example.org",
        "time_zone": "Europe/London",
        "locale": "en-GB",
        "external_id": "crm-1",
        "background": {
            "industry": "Publishing",
            "role": "Author",
            "goals": "Finish the trilogy",
        },
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_spreadsheets_differ_in_makes_no_difference(
    delimiter: str, mark: str, newline: str
) -> None:
    lines = ["Email ; Name", "a@example.org;  A, or: Álvaro ", " ; ", "b@example.org;"]
    cells = [line.split(";") for line in lines]
    text = newline.join(
        delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in cells
    )
    first, second = read_people((mark + text).encode())
    assert first.fields == {"email": "a@example.org", "name": "A, or: Álvaro"}
    assert (second.line, second.fields) == (4, {"email": "b@example.org"})


def test_lines_are_those_of_the_file_even_after_a_cell_of_several_lines() -> None:
    table = 'email,goals\na@example.org,"one\ntwo"\nwrong,\n'
    assert faults_of(table) == [
        "line 4, email: value is not a valid email address: An email address must have an @-sign."
    ]


def test_every_bad_cell_is_named() -> None:
    table = (
        HEADER
        + ",no-at-sign,Europe/Oxford,english!,,,,\n"
        + FULL
        + "Nobody,,Europe/London,,,,,\n"
        + "Other,JACK@example.org,,,crm-1,,,\n"
        + f"{'x' * 201},c@example.org,,,,,,\n"
    )
    faults = faults_of(table)
    places = [fault.partition(": ")[0] for fault in faults]
    assert places == [
        "line 2, email",
        "line 2, time_zone",
        "line 2, locale",
        "line 4",
        "line 5, external_id",
        "line 5, email",
        "line 6, name",
    ]
    assert faults[4] == "line 5, external_id: stands in line 3 already"


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ("", "line 1: needs a column external_id or email"),
        ("name,time_zone\n", "line 1: needs a column external_id or email"),
        ("email,email\n", "line 1, email: stands there twice"),
        ("email,\na@example.org,x\n", "line 1, (empty): columns are name, email"),
        ("email,phone\n", "line 1, phone: columns are name, email"),
        ("email,name\na@example.org,A,B\n", "line 2: has 3 cells, the header 2"),
        ("email\r\na@example.org\r\n\xe9\n".encode("latin-1"), "line 3: is not UTF-8"),
        ('email,name\na@example.org,"A\n', "line 2: cannot be read: unexpected end of data"),
        ('email\n"a"@example.org\n', "line 2: cannot be read"),
        ('external_id\n"a\nb"\n', "line 2, external_id: An external_id has no control characters"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(table: str | bytes, fault: str) -> None:
    (found,) = faults_of(table)
    assert found.startswith(fault)


def test_a_header_alone_is_an_empty_table() -> None:
    assert read_people(b"email,name\n") == []


def test_faults_name_a_column_only_if_there_is_one() -> None:
    assert str(Fault(3, None, "is wrong")) == "line 3: is wrong"
