-- deadline_at_ns: when a pod of a Job is ended because its Job's time is over (activeDeadlineSeconds); 0 is never.
-- expires_at_ns: when a Job that has ended goes by itself (ttlSecondsAfterFinished); 0 is never.
ALTER TABLE kube_pods ADD COLUMN deadline_at_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kube_objects ADD COLUMN expires_at_ns INTEGER NOT NULL DEFAULT 0
