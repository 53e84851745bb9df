"""boto3 to a linked account: one question at a time, in IAM's own words.

``ask`` is for changes: sent once, never repeated by the client, because a resent CreateAccessKey
makes two keys. ``reader`` is for reads, which retry adaptively.
"""

from .client import ask, identify, method_name, reader, translated

__all__ = ["ask", "identify", "method_name", "reader", "translated"]
