"""The stages of retrieval by hand, for the benchmark's floor (`speed/floor.py`).

clock.py            the time of each stage
rows.py             rows of the search statements, read by position
understanding.py    from a question to what is searched for
searches.py         the two searches, and documents that the best hits name
fusion.py           one ranking from the searches' rows, blended and cut
"""
