"""Readers of tables: files of nothing else, and what all other readers make of theirs.

- `tables`: rows of a table as passages, each with its headers
- `separated`: tables as text (.csv, .tsv)
- `sheets`: spreadsheets (.xlsx)
- `old_sheets`: spreadsheets of Excel before 2007 (.xls)
- `shown`: values of cells as a spreadsheet shows them
"""
