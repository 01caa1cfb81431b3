-- service_token: one token of the HTTP service, by the name that it carries.
-- in:    token_id text
-- out:   digest bytea (SHA-256 of its secret), tenant text, rights text, is_valid boolean
--        (not expired); no row for an unknown one
-- index: the key of service_tokens, within the function of that name
SELECT digest, tenant, rights, is_valid FROM service_token(%(token_id)s);
