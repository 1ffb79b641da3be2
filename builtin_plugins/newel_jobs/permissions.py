"""The rights that jobs know. Only admins have them from the start: payloads hold what anybody's work is about."""

from __future__ import annotations

from newel import Permission

JOBS_READ = Permission("jobs.read", "See all jobs, schedules and undelivered events")
JOBS_MANAGE = Permission("jobs.manage", "Ask for, retry and cancel jobs, and deliver events again")
