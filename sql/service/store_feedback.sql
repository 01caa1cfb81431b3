-- store_feedback: what a reader thinks of an answer.
-- in:    tenant_id, question, answer, comment text; is_helpful boolean
-- index: the key of feedback
INSERT INTO feedback (tenant_id, question, answer, is_helpful, comment)
VALUES (%(tenant_id)s, %(question)s, %(answer)s, %(is_helpful)s, %(comment)s);
