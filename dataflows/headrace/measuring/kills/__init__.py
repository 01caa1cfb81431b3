"""kill -9 of client and server, and what is stored after it: `run.py bench --kills`.

run.py          the run: kills at random moments, and its report
processes.py    processes that are started, talked to and killed
messages.py     what the processes tell the run
operations.py   what is asked of the pipeline, drawn by a seed
work.py         the process that writes and asks
reading.py      the process that searches all there is
ledger.py       what was asked for, and what was found wrong
check.py        whether a database holds exactly what it should
stored.py       what a database holds, read for the check
kinds.py        files of every kind that is read, made of a few sentences
files.py        files of which everything is known
filing.py       what is done to a folder of files, drawn by a seed
documents.py    documents of which everything is known, and a pipeline for them
"""
