-- 006_words: how a chunk's words count, and whether it has certain words.

-- What is posted of a chunk: its terms, each with how often it counts. A word of the title counts as three of the text where the title has up
-- to 4 terms, as two up to 7, else as one: a short title names what a document is about, a long one is a sentence like others.
-- (What the fields of BM25F do by a length norm of their own: Robertson, Zaragoza & Taylor, CIKM 2004.)
CREATE FUNCTION posted_terms(lexemes tsvector) RETURNS TABLE (term bigint, frequency bigint) IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT hashtextextended(t.lexeme, 0),
           sum(cardinality(t.positions) + (title.weight - 1) * cardinality(array_positions(t.weights, 'A')))::bigint
    FROM unnest(lexemes) AS t,
         (SELECT CASE WHEN count(*) <= 4 THEN 3 WHEN count(*) <= 7 THEN 2 ELSE 1 END AS weight
          FROM unnest(ts_filter(lexemes, '{a}')) AS a, unnest(a.positions)) AS title
    GROUP BY 1
$$;

-- Whether a chunk says any of these words or phrases, in any of these languages. A phrase of stop words alone says nothing.
CREATE FUNCTION says(lexemes tsvector, languages regconfig[], phrases text[]) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT coalesce(bool_or(lexemes @@ phraseto_tsquery(language, phrase)), false) FROM unnest(languages) AS language, unnest(phrases) AS phrase
$$;
