#!/bin/sh
# The roles of row-level security; the image of PostgreSQL runs it when it makes the database.
# The administrator is none of them: policies hold the tables' owner, the API and the workers.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv api API_PASSWORD
\getenv worker WORKER_PASSWORD
CREATE ROLE hotseat_owner LOGIN PASSWORD :'owner';
CREATE ROLE hotseat_api LOGIN PASSWORD :'api';
CREATE ROLE hotseat_worker LOGIN PASSWORD :'worker';
ALTER DATABASE :"DBNAME" OWNER TO hotseat_owner;
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO hotseat_api, hotseat_worker;
SQL
