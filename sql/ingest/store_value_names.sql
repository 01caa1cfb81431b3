-- store_value_names: other names of metadata values that the tenant did not have yet.
-- in:    tenant_id text; and one entry per name, in order: names, fields, folded text[]
--        (the value in small letters)
-- index: the key of value_names; taken in its order, so that two ingests wait for each
--        other in one direction only
INSERT INTO value_names (tenant_id, name, field, folded)
SELECT %(tenant_id)s, name, field, folded
FROM unnest(%(names)s::text[], %(fields)s::text[], %(folded)s::text[])
     AS n(name, field, folded)
ORDER BY name, field, folded
ON CONFLICT DO NOTHING;
