-- 005_held_encoder: whoever compares vectors of an encoder that was given up is told so.

-- Raises HR001 unless this encoder's vectors are all there. An encoder's role is "dropped", committed, before the first of them is deleted:
-- a statement that sees this function succeed sees all of them.
CREATE FUNCTION check_held(encoder smallint) RETURNS boolean STABLE LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM encoders WHERE encoder_id = encoder AND role <> 'dropped') THEN
        RAISE EXCEPTION 'the vectors of this encoder are deleted'
            USING ERRCODE = 'HR001', DETAIL = (SELECT name FROM encoders WHERE role = 'active');
    END IF;
    RETURN true;
END
$$;
