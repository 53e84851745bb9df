"""AWS -> mirror: read a linked account in bulk, write the mirror, settle what was left open.

``plan`` says what must be asked user by user; ``read`` asks AWS and gives a Snapshot or an error;
``mirror``, ``permissions`` and ``credentials`` write it; ``settle`` closes Intents; ``job`` runs them.
Nothing is removed on the word of an incomplete listing, and nothing is overwritten that was changed
here while AWS was being read.
"""
