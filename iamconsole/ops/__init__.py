"""How the console runs, and how it tells how it is: knows no noun; rooms register what is theirs."""
