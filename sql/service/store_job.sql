-- store_job: how far an ingest of the HTTP service is; jobs of more than a week ago go.
-- in:    tenant_id, job_id, status, reason text; progress, outcomes jsonb as text
-- index: the key of jobs
WITH gone AS (
    DELETE FROM jobs
    WHERE tenant_id = %(tenant_id)s AND changed_at < now() - interval '7 days'
      AND job_id <> %(job_id)s
)
INSERT INTO jobs (tenant_id, job_id, status, progress, outcomes, reason)
VALUES (%(tenant_id)s, %(job_id)s, %(status)s, %(progress)s::jsonb, %(outcomes)s::jsonb,
        %(reason)s)
ON CONFLICT (tenant_id, job_id) DO UPDATE
SET status = excluded.status, progress = excluded.progress, outcomes = excluded.outcomes,
    reason = excluded.reason, changed_at = now();
