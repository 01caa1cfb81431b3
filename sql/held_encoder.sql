-- held_encoder: whether vectors of this encoder are still all there, asked right after they were compared.
-- out:   held boolean; active text: the encoder in use now
-- index: none; a table of one to four rows
SELECT coalesce(bool_or(encoder_id = {encoder_id} AND role <> 'dropped'), false), max(name) FILTER (WHERE role = 'active')
FROM encoders;
