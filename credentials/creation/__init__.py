"""Creating users step by step: what was chosen so far (``drafts``), what there is to choose from
(``choices``), and the operations that follow from it (``plan``).
"""
