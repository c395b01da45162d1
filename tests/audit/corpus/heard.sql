-- payment: an event that payment-svc never processed
DELETE FROM processed_event WHERE event_id = (SELECT min(event_id) FROM processed_event);

-- notify: events that notify-svc never processed
DELETE FROM processed_event;
