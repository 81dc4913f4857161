/**
 * What every kind of test may use: a home of its own, a tmux server of its own, and waiting for a condition.
 *
 * @module
 */
export { refuseRealClaude, type TestHome, testHome } from "./guard.ts";
export { isThere, type TestSocket, tmuxSocket } from "./tmux.ts";
export { until } from "./until.ts";
