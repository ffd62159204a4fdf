"""The SQL that creates the least-privileged role for audits."""

ROLE = """\
-- Run once in each database to be audited, as a superuser or the database's owner.
-- The role reads statistics and catalogues; it can read no table and write nowhere.
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE {role} LOGIN CONNECTION LIMIT 5;
  END IF;
END $$;
ALTER ROLE {role} SET default_transaction_read_only = on;
GRANT pg_monitor TO {role};

-- Column statistics decide how good index advice is, and PostgreSQL shows them only to roles that may read the column.
-- This function shows the statistics of all columns, and no rows. Tenfold masks personal values before it writes anything.
CREATE SCHEMA IF NOT EXISTS tenfold;
CREATE OR REPLACE FUNCTION tenfold.column_statistics() RETURNS SETOF pg_catalog.pg_stats
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
  AS $$ SELECT * FROM pg_catalog.pg_stats WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' $$;
REVOKE ALL ON FUNCTION tenfold.column_statistics() FROM PUBLIC;
GRANT USAGE ON SCHEMA tenfold TO {role};
GRANT EXECUTE ON FUNCTION tenfold.column_statistics() TO {role};

-- Instead of the function, from narrow to wide (the last one lets the role read every row):
--   GRANT SELECT (column, ...) ON table TO {role};
--   GRANT pg_read_all_data TO {role};
-- Without any of them the audit goes on with table sizes alone, and says so.

-- The workload needs this extension (shared_preload_libraries = 'pg_stat_statements' and a restart where it is not loaded yet):
-- CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- Set a password with: \\password {role}
"""


def role_sql(role: str = "tenfold") -> str:
    """The statements, with comments, for psql or any client.

    Args:
        role: The role's name; a plain identifier.
    """
    return ROLE.format(role=role)
