-- payment: the order was declined by nobody
DELETE FROM payment WHERE status = 'DECLINED';
