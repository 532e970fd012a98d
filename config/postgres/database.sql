-- One database of Mutq, for psql, after roles.sql. Safe to repeat.
-- MUTQ_DATABASE (default mutq) comes from the environment.
-- Locale PG_UNICODE_FAST: without it Armenian and Russian letters have no upper case.
\set ON_ERROR_STOP on
\set database mutq
\getenv database MUTQ_DATABASE

SELECT format(
    'CREATE DATABASE %I OWNER mutq_owner TEMPLATE template0 ENCODING ''UTF8'' '
    'LOCALE_PROVIDER builtin BUILTIN_LOCALE ''PG_UNICODE_FAST'' LOCALE ''C''',
    :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"database" TO mutq_app;

\connect :"database"
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO mutq_app;
