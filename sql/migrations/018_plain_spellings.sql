-- 018_plain_spellings: words with marks on their letters are found by how they are typed without: "zürich" by "zurich" and "zuerich".

-- How a word, in small letters, is typed without the marks on its letters; no row for a plain one. `text.folding.typed_plainly` does the same.
-- None is shorter than the word, and so none is one of its deletions.
CREATE FUNCTION typed_plainly(word text) RETURNS SETOF text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT DISTINCT plain
    FROM unnest(ARRAY[word, replace(replace(replace(replace(replace(word, 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa')]) AS way,
         translate(replace(replace(replace(replace(way, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'), 'øłđıð', 'oldid') AS letters,
         normalize(regexp_replace(normalize(letters, NFD), '[\u0300-\u036f]+', '', 'g'), NFC) AS plain
    WHERE octet_length(word) > length(word) AND plain <> word AND length(plain) >= length(word)
$$;

ALTER TABLE words NO FORCE ROW LEVEL SECURITY;
ALTER TABLE spellings NO FORCE ROW LEVEL SECURITY;
INSERT INTO spellings (tenant_id, deletion, word)
SELECT w.tenant_id, hashtextextended(plain, 0::bigint), w.word
FROM words w, typed_plainly(w.word) AS plain
WHERE octet_length(w.word) > length(w.word);
ALTER TABLE words FORCE ROW LEVEL SECURITY;
ALTER TABLE spellings FORCE ROW LEVEL SECURITY;
