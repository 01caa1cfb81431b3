-- has_service_tokens: whether the HTTP service has any token, expired ones included.
-- out:   one boolean
-- index: none; it reads one row
SELECT has_service_tokens();
