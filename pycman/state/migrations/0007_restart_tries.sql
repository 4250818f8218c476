-- restart_tries: restarts that the next wait is counted from; a good run sets it back, unlike restart_count, which is what users see.
ALTER TABLE containers ADD COLUMN restart_tries INTEGER NOT NULL DEFAULT 0
