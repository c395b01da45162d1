-- order: a step caused by an event that nobody said
UPDATE order_history SET cause = '01890a5d-ac96-774b-bcce-b302099a8058' WHERE what = 'payment.completed';

-- order: a step caused by an event of another order
UPDATE order_history SET cause = (SELECT max(cause) FROM order_history WHERE what = 'payment.completed')
 WHERE what = 'payment.completed';

-- order: an expiry that a request caused
UPDATE order_history SET cause = 'request:x' WHERE what = 'timer';
