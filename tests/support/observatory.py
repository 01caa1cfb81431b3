"""Texts about an observatory: what it is, who founded it, and something else."""

QUERY = "Who founded the observatory?"
ABOUT = "The observatory stands on a hill. Its telescope is large."
ANSWER = "It was damp. Ada Byrd founded the observatory in 1871."
OTHER = "The founder of the railway was born here."
