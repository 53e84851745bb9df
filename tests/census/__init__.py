"""What the running program offers and keeps, as text: names that others know and that must not change unseen.

Others are browsers (URL names in bookmarks, session keys), programs (operations, actions), queues (task
names), rows of before (job kinds, purposes, places of sealed values) and whoever runs it (commands,
settings). Modules have no place here: they may move. Where a path into a module is kept in a row or a
queue all the same, it is named, because it must stay good.
"""
