-- 004_encoders: changing the encoder while questions are answered.
--
-- Every chunk has a vector of the active encoder, always. Another encoder's vectors are only ever written beside those; once every
-- chunk has one, the roles are exchanged in one transaction.

-- At most one encoder has each role. filling: not every chunk has a vector yet. active: what questions and ingests use.
-- kept: the one before, until --finish. dropped: its vectors are being deleted, and whoever still uses it is told.
ALTER TABLE encoders ADD COLUMN role text NOT NULL DEFAULT 'active' CHECK (role IN ('filling', 'active', 'kept', 'dropped'));
-- Deferrable: checked when a statement ends, so that roles can be exchanged. Not UNIQUE: that would make a change of role wait for every
-- transaction with a foreign key to the row, and those wait for the change.
ALTER TABLE encoders ADD CONSTRAINT encoders_role EXCLUDE USING btree (role WITH =) DEFERRABLE;

-- Holds back an exchange of roles until the writing transaction ends, and refuses what a process writes that has not heard of one.
-- HR001 is told apart by the application; the active encoder's name is its DETAIL.
CREATE FUNCTION check_written_embeddings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written JOIN encoders USING (encoder_id) WHERE role = 'active') THEN
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('headrace.encoder', 0));
    END IF;
    IF EXISTS (
        SELECT FROM written w
        JOIN encoders e USING (encoder_id)
        CROSS JOIN (SELECT encoder_id FROM encoders WHERE role = 'active') AS active
        WHERE e.role <> 'active' AND NOT EXISTS (
            SELECT FROM embeddings WHERE tenant_id = w.tenant_id AND chunk_id = w.chunk_id AND encoder_id = active.encoder_id)
    ) THEN
        RAISE EXCEPTION 'a chunk without a vector of the active encoder'
            USING ERRCODE = 'HR001', DETAIL = (SELECT name FROM encoders WHERE role = 'active');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_written AFTER INSERT ON embeddings
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION check_written_embeddings();
