// Plays the flows of tests/load/flows with k6, at a constant arrival rate:
//
//     k6 run -e FLOW=mixed -e RATE=50 -e SECONDS=30 tests/load/k6/play.js
//
// ORDER_URL, PAYMENT_URL and NOTIFY_URL say where the services are, TOKEN_FILE names their token, CUSTOMERS is how many
// accounts are opened.
import exec from 'k6/execution';
import { choose, readMix } from './flow.js';
import { openAccounts } from './shop.js';
import { playFlow } from './steps.js';

const RATE = Number(__ENV.RATE || 20);
const mix = readMix(__ENV.FLOW || 'mixed');

export const options = {
    scenarios: {
        flows: {
            executor: 'constant-arrival-rate',
            rate: RATE,
            timeUnit: '1s',
            duration: `${__ENV.SECONDS || 10}s`,
            gracefulStop: '60s',
            preAllocatedVUs: 3 * RATE, // so that the flows of three seconds may be under way
            maxVUs: 20 * RATE,
        },
    },
    // dropped_iterations: k6 had no customer free when an order was due.
    thresholds: {
        checks: ['rate==1'],
        dropped_iterations: ['count==0'],
        order_created: ['p(99)<2000'],
        order_settled: ['p(99)<5000'],
    },
};

// The run's name is in all keys and customers, so that no two runs share one.
export function setup() {
    const run = `${Date.now()}-${Math.floor(Math.random() * 1e6)}`;

    openAccounts(run);
    return run;
}

export default function (run) {
    playFlow(choose(mix), run, `k6-${run}-${exec.scenario.iterationInTest}`);
}
