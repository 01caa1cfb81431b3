-- 017_segment_times: when a segment of postings was made, in microseconds. A segment never changes. Its number alone would not tell it for ever: a
-- database that was restored gives numbers out again. With its time it does, so a process may keep its postings (search/kept_postings.py).
ALTER TABLE segments ADD COLUMN made_at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000000::numeric)::bigint;
