-- The two roles of the database, for psql. Safe to repeat; sets the passwords anew.
-- mutq_owner migrates and owns every table; mutq_app serves and owns nothing.
-- MUTQ_OWNER_PASSWORD and MUTQ_APP_PASSWORD come from the environment.
\set ON_ERROR_STOP on
\getenv owner_password MUTQ_OWNER_PASSWORD
\getenv app_password MUTQ_APP_PASSWORD

SELECT 'CREATE ROLE mutq_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mutq_owner') \gexec
SELECT 'CREATE ROLE mutq_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mutq_app') \gexec

ALTER ROLE mutq_owner LOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE mutq_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
