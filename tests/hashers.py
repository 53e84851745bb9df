"""The console's Argon2 at a small cost: a test signs in often and has nothing to protect."""

from iamconsole.hashers import ConsoleArgon2PasswordHasher


class QuickHasher(ConsoleArgon2PasswordHasher):
    memory_cost = 64
    time_cost = 1
