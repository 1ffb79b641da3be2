"""Times of cron expressions: zones, changes of clocks, and what is caught up with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from newel_jobs.schedules.cron import Cron

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(cron: Cron, since: str, count: int) -> list[str]:
    return [moment.strftime("%d %H:%M") for moment in islice(cron.after(at(since)), count)]


# In 2026 clocks change in Berlin on 29 March (01:00 UTC) and 25 October (01:00 UTC), in New York on 8 March (07:00 UTC)
# and 1 November (06:00 UTC).
CHANGES = [
    # A fixed time that is left out comes at once after the gap, and as usual on the next day.
    ("30 2 * * *", BERLIN, "2026-03-28 12:00", ["29 01:00", "30 00:30", "31 00:30"]),
    ("30 2 * * *", NEW_YORK, "2026-03-07 12:00", ["08 07:00", "09 06:30", "10 06:30"]),
    # Two that are left out come once; one that meets another is one.
    ("0,30 2 * * *", BERLIN, "2026-03-28 12:00", ["29 01:00", "30 00:00", "30 00:30"]),
    ("0 2,3 * * *", BERLIN, "2026-03-28 12:00", ["29 01:00", "30 00:00", "30 01:00"]),
    # A fixed time that is there twice comes once, the first time.
    ("30 2 * * *", BERLIN, "2026-10-24 12:00", ["25 00:30", "26 01:30", "27 01:30"]),
    ("30 1 * * *", NEW_YORK, "2026-10-31 12:00", ["01 05:30", "02 06:30", "03 06:30"]),
    # What begins with a star goes by the time that passes.
    ("*/30 * * * *", BERLIN, "2026-03-29 00:10", ["29 00:30", "29 01:00", "29 01:30"]),
    ("*/30 * * * *", BERLIN, "2026-10-25 00:10", ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]),
    ("15 * * * *", NEW_YORK, "2026-11-01 05:00", ["01 05:15", "01 06:15", "01 07:15"]),
    ("15 * * * *", NEW_YORK, "2026-03-08 06:00", ["08 06:15", "08 07:15", "08 08:15"]),
    # Midnight stays midnight.
    ("@daily", BERLIN, "2026-10-24 12:00", ["24 22:00", "25 23:00", "26 23:00"]),
    ("@hourly", "UTC", "2026-03-29 00:10", ["29 01:00", "29 02:00"]),
]


@pytest.mark.parametrize(("text", "zone", "since", "expected"), CHANGES)
def test_where_clocks_change(text: str, zone: str, since: str, expected: list[str]) -> None:
    assert times(Cron(text, zone), since, len(expected)) == expected


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("text", ["30 2 * * *", "*/20 * * * *", "0 */3 * * *", "5,35 1-3 * * 0"])
def test_one_walk_and_many_steps_meet_the_same_times(text: str, zone: str) -> None:
    """Whoever asks from wherever it stopped, even between two times, misses none and meets none twice."""
    cron = Cron(text, zone)
    begin, end = at("2026-10-20 00:07"), at("2026-11-04 00:00")
    whole = list(islice((moment for moment in cron.after(begin)), 4000))
    whole = [moment for moment in whole if moment <= end]
    assert whole == sorted(set(whole))
    stepped: list[datetime] = []
    moment = begin
    while moment < end:
        following = min(end, moment + timedelta(minutes=47))
        stepped += cron.last(moment, following, 1000)
        moment = following
    assert stepped == whole


def test_a_daily_time_comes_once_each_local_day_for_two_years() -> None:
    for zone in (BERLIN, NEW_YORK):
        found = list(islice(Cron("30 2 * * *", zone).after(at("2026-01-01 12:00")), 730))
        days = [moment.astimezone(ZoneInfo(zone)).date() for moment in found]
        assert [later - earlier for earlier, later in pairwise(days)] == [timedelta(days=1)] * 729


def test_what_is_caught_up_with() -> None:
    cron = Cron("0 * * * *")
    since, now = at("2026-01-01 00:30"), at("2026-01-01 05:00")
    assert [one.hour for one in cron.due(since, now, "all")] == [1, 2, 3, 4, 5]
    assert [one.hour for one in cron.due(since, now, "once")] == [5]
    assert [one.hour for one in cron.due(since, now, "skip")] == [5], "that one is on time"
    later = at("2026-01-01 05:02")
    assert cron.due(since, later, "skip") == []
    assert [one.hour for one in cron.due(since, later, "once")] == [5]
    assert cron.due(now, later, "all") == []


def test_no_more_than_a_thousand_times_are_caught_up_with_and_the_last_ones() -> None:
    cron = Cron("* * * * *")
    found = cron.due(at("2020-01-01 00:00"), at("2026-01-01 00:00"), "all")
    assert len(found) == 1000
    assert (found[0], found[-1]) == (at("2025-12-31 07:21"), at("2026-01-01 00:00"))
    assert len(Cron("0 0 29 2 *").due(at("2020-01-01 00:00"), at("2026-01-01 00:00"), "all")) == 2


@pytest.mark.parametrize(
    ("text", "zone", "why"),
    [
        ("* * * *", "UTC", "five fields"),
        ("0 0 * * * *", "UTC", "five fields"),
        ("@often", "UTC", "five fields, or one of @hourly"),
        ("60 * * * *", "UTC", "Bad minute"),
        ("* * * * MON-FOO", "UTC", "Bad day-of-week"),
        ("0 0 31 2 *", "UTC", "Bad day-of-month"),
        ("0 0 30 2 *", "UTC", "Bad day-of-month"),
        ("@daily", "Mars/Base", "no IANA time zone"),
        ("@daily", "../etc/passwd", "no IANA time zone"),
        ("@daily", "", "no IANA time zone"),
    ],
)
def test_what_is_none_is_refused_in_words(text: str, zone: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Cron(text, zone)
