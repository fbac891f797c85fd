-- `lmt_auditor` reads everything and changes nothing. `npm run verify` uses it. Tables that the owner
-- creates later are readable too.
GRANT SELECT ON ALL TABLES IN SCHEMA public TO lmt_auditor;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO lmt_auditor;
