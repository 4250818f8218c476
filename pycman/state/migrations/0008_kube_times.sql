-- deadline_at_ns: when a pod of a Job is stopped because the Job has reached its activeDeadlineSeconds; 0 is never.
-- expires_at_ns: when a Job that has ended is removed (ttlSecondsAfterFinished); 0 is never.
ALTER TABLE kube_pods ADD COLUMN deadline_at_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE kube_objects ADD COLUMN expires_at_ns INTEGER NOT NULL DEFAULT 0
