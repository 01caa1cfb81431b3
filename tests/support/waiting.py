"""How long tests wait for what always comes."""

#: Seconds, on a machine that is busy with something else. Only a hang takes longer.
PATIENCE_S = 300.0
