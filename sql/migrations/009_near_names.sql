-- 009_near_names: other names of values are found by their first and by their last letters, too, for those that a question misspells.
-- Generated columns, not indexes on left() and right(): these are not leakproof, and row-level security would keep such an index from being used.

ALTER TABLE value_names
    ADD COLUMN first_letters text GENERATED ALWAYS AS (left(name, 3)) STORED,
    ADD COLUMN last_letters text GENERATED ALWAYS AS (right(name, 3)) STORED;
CREATE INDEX value_names_first ON value_names (tenant_id, first_letters);
CREATE INDEX value_names_last ON value_names (tenant_id, last_letters);

-- Sources and persons are among their own names from now on, those of every tenant that are stored already, too (dataflows/field_kinds.py).
ALTER TABLE value_names NO FORCE ROW LEVEL SECURITY;
ALTER TABLE document_fields NO FORCE ROW LEVEL SECURITY;
INSERT INTO value_names (tenant_id, name, field, folded)
SELECT DISTINCT tenant_id, folded, field, folded
FROM document_fields
WHERE field ~* '^(\w+[ _-])?(source|publisher|outlet|journal|news ?paper|magazine|publication|authors?|creators?|writers?|editors?)([ _-]name)?$'
  AND folded !~ '[,|:(]'
ON CONFLICT DO NOTHING;
ALTER TABLE value_names FORCE ROW LEVEL SECURITY;
ALTER TABLE document_fields FORCE ROW LEVEL SECURITY;
