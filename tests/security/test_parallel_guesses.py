"""Counters of guesses are locked in one order: of requests at once none stops another, on PostgreSQL either.

A deadlock costs a second with the counter of all failures held, and one of its requests is refused.
"""

import threading

import pytest
from django.db import connections

from credentials.guesses import throttle

ROUNDS = 25
ADDRESS = "192.0.2.9"


def password(user, *, known):
    return throttle.password_counters(throttle.name_key(user), ADDRESS, exists=True, known=known)


def guess(user, *, known=False):
    counters = password(user, known=known)
    throttle.admit(counters, address=ADDRESS, name=throttle.name_key(user), known=known)
    return counters


def code(user):
    counters = [(limit, user.user_id) for limit in throttle.CODES]
    throttle.admit(counters, address=ADDRESS)
    return counters


def no_place(user):
    throttle.was_not_looked_at(guess(user), name=throttle.name_key(user))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda user: throttle.was_right(guess(user)), guess),
        (lambda user: throttle.was_right(guess(user, known=True)), guess),
        (lambda user: throttle.was_right(code(user)), code),
        (no_place, guess),
        (throttle.release, lambda user: guess(user, known=True)),
        (throttle.release_password, lambda user: guess(user, known=True)),
    ],
    ids=["right and wrong", "known and stranger", "codes", "no place", "release", "new password"],
)
def test_requests_at_once_wait_for_each_other_in_turn(bob, one, other):
    start, errors = threading.Barrier(4), []

    def run(work):
        try:
            start.wait()
            for _ in range(ROUNDS):
                work(bob)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work]) for work in (one, one, other, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
