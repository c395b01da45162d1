// Reads the flows that build/load plays, from the same files; ../README.md has the language. k6 has no line numbers for
// mistakes in them: `build/load --flow FILE` tells those.

// "cancel after 5ms   # late" becomes ["cancel", "after", "5ms"]; commas are words of their own.
const wordsOf = (line) => line.replace(/#.*/, '').replace(/,/g, ' , ').trim().split(/\s+/);

const linesOf = (name) =>
    open(import.meta.resolve(`../flows/${name}.flow`)).split('\n').map(wordsOf).filter((words) => words[0] !== '');

const isMix = (lines) => /^\d/.test(lines[0][0]);

// The flows of a mix with their weights; of a flow, that one. The schedule of a mix is left out: k6 has scenarios.
export function readMix(name) {
    const lines = linesOf(name);

    if (!isMix(lines)) return [{ name, weight: 1, lines }];
    return lines
        .filter((words) => /^\d/.test(words[0]))
        .map(([weight, flow]) => ({ name: flow, weight: Number(weight), lines: linesOf(flow) }));
}

// One of them, as often as its weight says.
export function choose(mix) {
    let point = Math.random() * mix.reduce((sum, flow) => sum + flow.weight, 0);

    return mix.find((flow) => (point -= flow.weight) < 0);
}
