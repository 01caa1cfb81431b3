"""What `batch` reads and writes.

- `questions`: the questions of a file of any kind, each checked
- `tables`: CSV and Parquet, read and written
- `answers_file`: the file of lines that answers are appended to
- `answers_out`: where answers go: a file of lines, a table, a pipe
- `answering`: the lines of answers, several questions at a time
- `summary`: what became of the questions, and what the others may cost
"""
