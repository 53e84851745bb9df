"""AWS -> mirror: read a linked account in bulk, write the mirror, settle what was left open.

``read`` asks AWS and gives a Snapshot or an error, never half of one; ``mirror`` writes it;
``settle`` closes Intents; ``job`` runs them. Nothing is removed on the word of an incomplete listing.
"""
