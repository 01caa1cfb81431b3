"""What the service answers, by what it is about.

- `asking`: answers, whole or as events, and the values of nodes
- `chat`: the same in the form of OpenAI's chat completions
- `documents`: documents listed, shown, stored and removed; jobs
- `library`: facets, and what readers think of answers
- `page`: the page to ask at
- `health`: alive, ready, metrics
"""
