"""AWS's partitions, and the region that a service is asked in for each (IAM-FACTS 2.13.1).

IAM is global within its partition, but its endpoint and its signature belong to one region. botocore's own
list of endpoints says which, so a partition that AWS adds comes with a newer botocore.
"""

from functools import cache
from typing import Any

import botocore.exceptions as aws_errors

from iamconsole.arn import STANDARD

from . import sessions


@cache
def _rows() -> dict[str, dict[str, Any]]:
    """What botocore knows of each partition, AWS's standard one first."""
    return {row["partition"]: row for row in sessions.loader().load_data("endpoints")["partitions"]}


@cache
def names() -> dict[str, str]:
    """Partition -> what AWS calls it."""
    return {partition: row["partitionName"] for partition, row in _rows().items()}


@cache
def region_of(partition: str, service: str = "iam") -> str:
    """The region of a service that has one place in a partition; of IAM it is that of STS too.

    A partition without a list of such places has one region. One that botocore does not know is treated as
    the standard one.
    """
    row = _rows().get(partition) or _rows()[STANDARD]
    place = row["services"].get(service, {})
    endpoint = place.get("endpoints", {}).get(place.get("partitionEndpoint", ""), {})
    region: str = endpoint.get("credentialScope", {}).get("region") or min(row["regions"])
    return region


def own() -> str:
    """The partition of this machine's AWS configuration: of its region, else the standard one."""
    core = sessions.core()
    try:
        region = core.get_config_variable("region") or region_of(STANDARD)
        partition: str = core.get_partition_for_region(region)
    except (aws_errors.UnknownRegionError, aws_errors.ConfigParseError, aws_errors.ProfileNotFound):
        return STANDARD
    return partition
