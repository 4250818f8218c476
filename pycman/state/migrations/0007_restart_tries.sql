-- restart_tries: restarts by which the back-off is computed. A long run resets it, unlike restart_count, which inspect shows.
ALTER TABLE containers ADD COLUMN restart_tries INTEGER NOT NULL DEFAULT 0
