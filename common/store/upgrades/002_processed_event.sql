-- From schema version 1 to 2: processed_event, where a service has it.

CREATE INDEX processed_event_age ON processed_event (processed_at) WHERE outcome = 'DONE';
