/**
 * Our own lint rules, as one plugin. Each is a sentence of the design that nobody should have to remember.
 *
 * @module
 */
import { daxQuotes } from "./dax_quotes.ts";
import { effectsInPorts } from "./effects_in_ports.ts";
import { layers } from "./layers.ts";
import { seams } from "./seams.ts";

const plugin: Deno.lint.Plugin = {
  name: "failover",
  rules: {
    "layers": layers,
    "effects-in-ports": effectsInPorts,
    "seams": seams,
    "dax-quotes": daxQuotes,
  },
};
export default plugin;
