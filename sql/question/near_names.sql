-- near_names: names of values that begin or end like phrases of a question and are about as
--        long. The caller checks how near they are.
-- in:    tenant_id text; phrases text[] (in small letters)
-- out:   phrase text, name text; up to 2,000 for each phrase
-- index: value_names_first, value_names_last
-- plan:  generic
SELECT p.phrase, n.name
FROM unnest(%(phrases)s::text[]) AS p(phrase)
CROSS JOIN LATERAL (
    (SELECT name FROM value_names
     WHERE tenant_id = %(tenant_id)s AND first_letters = left(p.phrase, 3) LIMIT 1000)
    UNION
    (SELECT name FROM value_names
     WHERE tenant_id = %(tenant_id)s AND last_letters = right(p.phrase, 3) LIMIT 1000)) AS n
WHERE abs(length(n.name) - length(p.phrase)) <= 2;
