"""The IAM Query API: real AWS clients administer this console (IAM-FACTS 2, 11).

A request is read (``raw``), its signature is checked (``sigv4``) against the key of a principal
(``principal``), its parameters are read by botocore's own models (``parameters``), it goes through
the door like every page, and the answer is written by the same models (``answers``). No operation
has code of its own here.
"""
