"""The password hasher: Argon2id with parameters for many sign-ins at once on a small machine."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class ConsoleArgon2PasswordHasher(Argon2PasswordHasher):
    """m = 32 MiB, t = 2, p = 1.

    Above OWASP's floor (19 MiB, 2, 1). Django's own 100 MiB a sign-in would let 32 parallel
    sign-ins take 3 GB.
    """

    time_cost = 2
    memory_cost = 32 * 1024
    parallelism = 1
