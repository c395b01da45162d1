-- order: told, and not noticed
DELETE FROM order_notice WHERE kind = 'cancelled';
