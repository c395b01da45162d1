-- order: an event that order-svc never sent
UPDATE relay_cursor SET seq = seq - 1;

-- payment: an event that payment-svc never sent
UPDATE relay_cursor SET seq = seq - 1;

-- notify: an event that notify-svc never sent
UPDATE relay_cursor SET seq = seq - 1;
