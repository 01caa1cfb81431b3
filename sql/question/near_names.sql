-- near_names: names of values that begin or end as phrases of a question do, and are about as long; the caller looks how near they are.
-- in:    tenant_id text; phrases text[] (lower case)
-- out:   phrase text, name text; of each phrase up to 2,000
-- index: value_names_first, value_names_last
-- plan:  generic
SELECT p.phrase, n.name
FROM unnest(%(phrases)s::text[]) AS p(phrase)
CROSS JOIN LATERAL (
    (SELECT name FROM value_names WHERE tenant_id = %(tenant_id)s AND first_letters = left(p.phrase, 3) LIMIT 1000)
    UNION
    (SELECT name FROM value_names WHERE tenant_id = %(tenant_id)s AND last_letters = right(p.phrase, 3) LIMIT 1000)) AS n
WHERE abs(length(n.name) - length(p.phrase)) <= 2;
