"""The AWS managed policies of the test database: a few of those that ship, because it is put back after each test.

What is about all of them loads them (tests/users/policies/test_catalogue.py).
"""

from users.policies import catalogue

PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
NAMES = frozenset(
    """
    AdministratorAccess PowerUserAccess ReadOnlyAccess SecurityAudit IAMFullAccess IAMReadOnlyAccess
    IAMUserChangePassword IAMUserSSHKeys IAMSelfManageServiceSpecificCredentials AWSDenyAll ViewOnlyAccess
    SupportUser Billing SystemAdministrator AmazonS3ReadOnlyAccess
    """.split()
)


def load() -> None:
    """Write those of the partition aws; no partition gets all of them by itself."""
    load_partition("aws")
    for partition in PARTITIONS:
        catalogue.note_loaded(partition)


def load_partition(partition: str) -> None:
    """Write a partition's."""
    catalogue.save(row for row in catalogue.shipped(partition) if row["PolicyName"] in NAMES)
