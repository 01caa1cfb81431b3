"""The Hamilton UI on this machine, and the runs that are sent to it.

- `tracking`: the Hamilton adapter that tells of every run, and tags it by its question
- `shown_values`: what is shown of a value: a table, or its beginning
- `run_sender`: runs, kept while they happen and sent once they have ended
- `ui_client`: the UI's HTTP interface, as far as it is used here
- `ui_server`: the UI's server, kept to this machine
"""
