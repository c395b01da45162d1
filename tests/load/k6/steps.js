// What a customer does at each step of a flow. A step answers whether all was as it should be; the flow ends with the
// first that was not.
import { check, sleep } from 'k6';
import { Trend } from 'k6/metrics';
import * as shop from './shop.js';

const created = new Trend('order_created', true); // ms from the start of the flow to the 201
const settled = new Trend('order_settled', true); // ms to the answer that the order has left CREATED
const LONGEST_MS = 30000;
const LOOK_EVERY_S = 0.05;

// ---- words ----

const UNITS_MS = { ms: 1, s: 1000, min: 60000 };

// "5" or "1..5"
function number(text) {
    const [low, high = low] = text.split('..').map(Number);

    return low + Math.floor(Math.random() * (high - low + 1));
}

// "20ms" or "1..5s"
function milliseconds(text) {
    const [, digits, unit] = text.match(/^([\d.]+)([a-z]+)$/);

    return number(digits) * UNITS_MS[unit];
}

// ["PAID", "or", "REFUNDED", "within", "2s"]
function expectation(words) {
    const within = words.indexOf('within');

    return {
        names: words.slice(0, within < 0 ? words.length : within).filter((word) => word !== 'or'),
        withinMs: within < 0 ? LONGEST_MS : milliseconds(words[within + 1]),
    };
}

// ["2", "times", "1..3", "book", "at", "500"]: two items
function itemsOf(words) {
    const times = words[1] === 'times' ? number(words[0]) : 1;
    const [quantity, sku, , price] = words[1] === 'times' ? words.slice(2) : words;

    return Array.from({ length: times }, () => ({ sku, quantity: number(quantity), unit_price: number(price) }));
}

function groupsOf(words) {
    const groups = [[]];

    for (const word of words) {
        if (word === ',') groups.push([]);
        else groups[groups.length - 1].push(word);
    }
    return groups;
}

// ---- the order ----

function learn(play, answer, statuses) {
    const good = statuses.includes(answer.status);

    if (good) play.order = answer.json();
    return good;
}

const isAtEnd = ({ status, closed_at }) =>
    ['PAID', 'REJECTED', 'REFUNDED'].includes(status) || (status === 'CANCELLED' && closed_at !== null);

const isForGood = ({ status }) => ['REJECTED', 'REFUNDED'].includes(status);

// Looks until the order is as wanted, within a time.
function waitUntil(play, withinMs, isWanted) {
    const until = Date.now() + withinMs;

    for (;;) {
        if (!learn(play, shop.getOrder(play.order.order_id, play.order.status === 'CREATED'), [200])) return false;
        if (play.timed && play.order.status !== 'CREATED') {
            settled.add(Date.now() - play.began);
            play.timed = false;
        }
        if (isWanted(play.order)) return Date.now() <= until;
        if (Date.now() > until || isForGood(play.order)) return false;
        if (play.order.status !== 'CREATED') sleep(LOOK_EVERY_S);
    }
}

function isNotified(play, { names, withinMs }) {
    const until = Date.now() + withinMs;

    while (Date.now() <= until) {
        const answer = shop.getNotifications(play.order.order_id);

        if (answer.status !== 200) return false;
        if (answer.json('notifications').some(({ kind, status }) => names.includes(kind) && status === 'SENT')) return true;
        sleep(LOOK_EVERY_S);
    }
    return false;
}

// ---- the language ----

const steps = {
    customer(play, [kind]) {
        play.customer = shop.anyCustomer(play.run, kind === 'funded' ? '' : `${kind}-`);
        return true;
    },
    deposit(play, [amount]) {
        return shop.deposit(play.customer, number(amount), `${play.key}-${play.line}`).status === 201;
    },
    order(play, words) {
        play.request = { customer_id: play.customer, currency: 'EUR', items: groupsOf(words).flatMap(itemsOf) };
        if (!learn(play, shop.postOrder(play.request, play.key), [201])) return false;
        created.add(Date.now() - play.began);
        play.timed = true;
        return true;
    },
    repeat(play) {
        play.timed = false;
        const answer = shop.postOrder(play.request, play.key);

        return answer.status === 201 && answer.json('order_id') === play.order.order_id;
    },
    wait(play, [, ...words]) {
        const { names, withinMs } = expectation(words);

        return waitUntil(play, withinMs, ({ status }) => names.includes(status));
    },
    expect(play, words) {
        play.timed = false;
        if (words[0] === 'notified') return isNotified(play, expectation(words.slice(1)));
        return learn(play, shop.getOrder(play.order.order_id), [200]) && words.includes(play.order.status);
    },
    cancel(play, [, after]) {
        play.timed = false;
        if (after) sleep(milliseconds(after) / 1000);
        const answer = shop.cancelOrder(play.order.order_id);

        return answer.status === 409 || learn(play, answer, [200]); // 409: it was rejected; the steps to come find out
    },
    pause(play, [time]) {
        play.timed = false;
        sleep(milliseconds(time) / 1000);
        return true;
    },
};

// One customer plays a flow; no play ends before its order has.
export function playFlow(flow, run, key) {
    const play = { run, key, began: Date.now(), line: 0, timed: false };

    steps.customer(play, ['funded']);
    for (const words of flow.lines) {
        const what = `${flow.name}: ${words.join(' ')}`;

        play.line++;
        if (!check(play, { [what]: () => steps[words[0]](play, words.slice(1)) })) return;
    }
    check(play, { [`${flow.name}: comes to its end`]: () => waitUntil(play, LONGEST_MS, isAtEnd) });
}
