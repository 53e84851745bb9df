"""Why no Undo button is offered for an operation, in a sentence for the page of its job."""

MADE = "Delete it on its page, which shows what goes with it."
DELETED = "What is deleted is gone. A new one has another ID."
REPLACED = "A secret that was replaced is not kept."
ON_ITS_PAGE = "Change it back on its page."
HAPPENED = "What has happened stays. It takes nothing away."
