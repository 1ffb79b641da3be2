"""Breakers: what fails again and again is left alone for a while, then tried once."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newel.testing import FakeClock
from newel_lua.breaker import Breaker
from newel_lua.faults import Resting

MOST, REST = 3, 60.0


class Bad(Exception):
    pass


class Harmless(Exception):
    pass


def breaker(clock: FakeClock, *, seconds: float = REST) -> Breaker:
    return Breaker(clock, failures=MOST, seconds=seconds)


def fail(one: Breaker) -> None:
    with pytest.raises(Bad), one.calling():
        raise Bad


def opened(clock: FakeClock, *, seconds: float = REST) -> Breaker:
    one = breaker(clock, seconds=seconds)
    for _ in range(MOST):
        fail(one)
    return one


def test_failures_in_a_row_open_it_and_a_success_between_them_does_not(clock: FakeClock) -> None:
    one = breaker(clock)
    for _ in range(5):
        fail(one)
        fail(one)
        with one.calling():
            pass
    assert one.state == "closed"
    for _ in range(MOST):
        fail(one)
    assert one.state == "open"
    with pytest.raises(Resting) as resting, one.calling():
        raise AssertionError("not entered")
    assert resting.value.retry_after == REST


async def test_after_its_rest_one_call_decides_and_others_wait(clock: FakeClock) -> None:
    one = opened(clock)
    await clock.advance(REST)
    assert one.state == "half_open"
    with one.calling(), pytest.raises(Resting), one.calling():
        raise AssertionError("a second one is not entered")
    assert one.state == "closed"

    one = opened(clock)
    await clock.advance(REST)
    fail(one)
    assert one.state == "open"
    await clock.advance(REST - 1)
    assert one.state == "open"


async def test_a_try_that_is_cancelled_or_harmless_leaves_the_place_to_the_next(clock: FakeClock) -> None:
    one = opened(clock)
    await clock.advance(REST)
    for error in (asyncio.CancelledError, Harmless):
        with pytest.raises(error), one.calling(Harmless):
            raise error
        assert one.state == "half_open"
    with one.calling():
        pass
    assert one.state == "closed"


async def test_what_began_before_it_opened_does_not_close_or_prolong_it(clock: FakeClock) -> None:
    one = breaker(clock)
    with ExitStack() as late:
        late.enter_context(one.calling())
        for _ in range(MOST):
            fail(one)
    assert one.state == "open", "the late success says nothing of the present"


async def test_without_an_end_of_its_rest_it_stays_open_until_it_is_reset(clock: FakeClock) -> None:
    one = opened(clock, seconds=inf)
    await clock.advance(10.0**9)
    assert one.state == "open"
    one.reset()
    assert one.state == "closed"
    with one.calling():
        pass


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(["good", "bad", "begin", "end", "broken", "reset"]), st.floats(0, 90))))
def test_whatever_happens_it_lets_through_exactly_what_its_state_says(steps: list[str | float]) -> None:
    """Closed: everybody; open: nobody; half open: one at a time. It opens only by failures, and time alone only ever
    brings it to half open."""
    clock = FakeClock()
    one = breaker(clock)
    running: list[tuple[ExitStack, str]] = []
    for step in steps:
        before = one.state
        if isinstance(step, float):
            asyncio.run(clock.advance(step))
            assert (before, one.state) in {(before, before), ("open", "half_open")}
        elif step == "reset":
            one.reset()
            assert one.state == "closed"
        elif step in ("end", "broken") and running:
            stack, begun = running.pop(0)
            if step == "broken":
                with pytest.raises(Bad), stack:
                    raise Bad
            else:
                stack.close()
            assert (before, one.state) != ("open", "closed")
            if before == "half_open" and begun == "closed":
                assert one.state == "half_open", "only the try decides"
        elif step in ("good", "bad", "begin"):
            stack = ExitStack()
            try:
                stack.enter_context(one.calling())
            except Resting:
                assert before != "closed"
                continue
            assert before != "open"
            if step == "begin":
                running.append((stack, before))
            elif step == "bad":
                with pytest.raises(Bad), stack:
                    raise Bad
                assert one.state in ({"closed", "open"} if before == "closed" else {"open"})
            else:
                stack.close()
                assert one.state == "closed"
        assert 0 <= one.failed < MOST
    for stack, _ in running:
        stack.close()
