// Asks the services, again and again while one is away: whatever is asked twice does no harm, since a request has an
// Idempotency-Key, or changes nothing, or is a cancellation.
import http from 'k6/http';
import { sleep } from 'k6';

const env = (name, otherwise) => __ENV[name] || otherwise;
const ORDER_URL = env('ORDER_URL', 'http://127.0.0.1:8081');
const PAYMENT_URL = env('PAYMENT_URL', 'http://127.0.0.1:8082');
const NOTIFY_URL = env('NOTIFY_URL', 'http://127.0.0.1:8083');
const TOKEN = env('TOKEN_FILE') && open(env('TOKEN_FILE')).trim();
const PATIENCE_MS = 30000;
const COUNTS = { '': Number(env('CUSTOMERS', 100)), 'poor-': 10, 'unknown-': 10, 'hot-': 1 };

// What the statistics call it has no ids in it.
function ask(method, name, url, body, headers = {}) {
    const until = Date.now() + PATIENCE_MS;
    const params = { headers: { 'Content-Type': 'application/json', ...headers }, tags: { name }, timeout: '15s' };

    if (TOKEN) params.headers.Authorization = `Bearer ${TOKEN}`;
    for (let wait = 0.02; ; wait = Math.min(2 * wait, 1)) {
        const answer = http.request(method, url, body === undefined ? null : JSON.stringify(body), params);

        if ((answer.status !== 0 && answer.status !== 503) || Date.now() > until) return answer;
        sleep(wait);
    }
}

export const postOrder = (order, key) =>
    ask('POST', 'POST /orders', `${ORDER_URL}/orders`, order, { 'Idempotency-Key': key });

// held: the answer may wait until the order has left CREATED.
export const getOrder = (id, held) =>
    ask('GET', 'GET /orders/{id}', `${ORDER_URL}/orders/${id}`, undefined, held ? { Prefer: 'wait=5' } : {});

export const cancelOrder = (id) =>
    ask('POST', 'POST /orders/{id}/cancellation', `${ORDER_URL}/orders/${id}/cancellation`);

export const deposit = (customer, amount, key) =>
    ask('POST', 'POST /accounts/{id}/deposits', `${PAYMENT_URL}/accounts/${customer}/deposits`,
        { amount, currency: 'EUR' }, { 'Idempotency-Key': key });

export const getNotifications = (id) =>
    ask('GET', 'GET /notifications', `${NOTIFY_URL}/notifications?order_id=${id}`);

// ---- customers ----

const customerOf = (run, kind, number) => `k6-${run}-${kind}${number}`;

export const anyCustomer = (run, kind) => customerOf(run, kind, 1 + Math.floor(Math.random() * COUNTS[kind]));

// Accounts of those who are poor are empty; those who are unknown have none.
export function openAccounts(run) {
    for (const kind of ['', 'poor-', 'hot-'])
        for (let number = 1; number <= COUNTS[kind]; number++) {
            const customer = customerOf(run, kind, number);

            ask('PUT', 'PUT /accounts/{id}', `${PAYMENT_URL}/accounts/${customer}`, { currency: 'EUR' });
            if (kind !== 'poor-') deposit(customer, 1000000000000, customer);
        }
}
