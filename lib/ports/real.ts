/**
 * The real thing behind every port.
 *
 * @module
 */
export { systemClock } from "./clock.ts";
export { systemFiles } from "./files_real.ts";
export { systemNet } from "./net_real.ts";
export { systemProcesses } from "./process_real.ts";
export { lookForSystemd } from "./tmux_scope.ts";
export { RealTmux, realTmux, type RealTmuxOptions } from "./tmux_real.ts";
