-- stored_jobs: the tenant's ingests of the HTTP service, the newest first.
-- in:    tenant_id text; job_id text, NULL for all; count_limit int
-- out:   job_id, status text; progress, outcomes jsonb; reason text; created_at timestamptz;
--        idle_s float8, seconds since it was last heard of
-- index: the key of jobs
SELECT job_id, status, progress, outcomes, reason, created_at,
       extract(epoch FROM now() - changed_at)::float8
FROM jobs
WHERE tenant_id = %(tenant_id)s AND (%(job_id)s::text IS NULL OR job_id = %(job_id)s::text)
ORDER BY created_at DESC, job_id
LIMIT %(count_limit)s;
