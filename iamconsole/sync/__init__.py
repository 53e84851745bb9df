"""AWS -> mirror: read a linked account in bulk, write the mirror, settle what was left open.

The engine: ``read`` asks AWS for its lists and gives a Snapshot or an error; ``plan`` says what must be
asked user by user, ``ask`` asks it; ``guard`` says what must be left alone; ``mirror_write`` has the mirrors
write; ``settle`` closes Intents; ``record`` keeps how it went; ``job`` runs them. It knows no noun: each
registers its mirror (``mirrors``), and accounts and people come through one interface (``accounts``).

Nothing is removed on the word of an incomplete listing, and nothing is overwritten that was changed
here while AWS was being read.
"""
