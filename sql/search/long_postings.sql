-- long_postings: lists of postings that keyword_postings named and left out, because they
--        are long.
-- in:    tenant_id text; one entry per list: terms bigint[], levels smallint[], segments
--        bigint[], parts int[]
-- out:   number bigint (from 1, the list's place among those asked for), entries bytea
--        (postings of 6 bytes: see 008_narrow_postings.sql)
-- index: the key of postings
-- plan:  generic
SELECT f.number, p.entries
FROM unnest(%(terms)s::bigint[], %(levels)s::smallint[], %(segments)s::bigint[],
            %(parts)s::int[])
     WITH ORDINALITY AS f(term, level, segment, part, number)
CROSS JOIN LATERAL (
    SELECT entries FROM postings
    WHERE tenant_id = %(tenant_id)s AND level = f.level AND term = f.term
      AND segment = f.segment AND part = f.part OFFSET 0) AS p;
