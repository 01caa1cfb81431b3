-- stored_feedback: what the tenant's readers thought of answers, the newest first.
-- in:    tenant_id text; count_limit int
-- out:   question, answer text; is_helpful boolean; comment text; created_at timestamptz
-- index: the key of feedback
SELECT question, answer, is_helpful, comment, created_at
FROM feedback
WHERE tenant_id = %(tenant_id)s
ORDER BY feedback_id DESC
LIMIT %(count_limit)s;
