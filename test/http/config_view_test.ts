import assert from "node:assert/strict";
import { configView } from "../../lib/http/config_view.ts";
import { loadConfig } from "../../lib/config.ts";

Deno.test("configView() tells of a channel which headers it sends, and neither their values nor its body", () => {
  const config = loadConfig(
    `version: 1
accounts: [{ id: work, kind: subscription, config_dir: ~/.claude }]
failover: { mode: off }
notify:
  channels:
    - name: pager
      type: webhook
      url: https://example.org/x
      format: custom
      body: { routing: canary-1 }
      headers: { x-team: canary-2 }
      header_files: { authorization: ~/pager.auth }
`,
    { path: "c.yaml", home: "/home/ada", env: {} },
  );
  const view = configView(config);
  assert.ok(!JSON.stringify(view).includes("canary"), JSON.stringify(view.notify));
  assert.deepEqual(view.notify!.channels, [{
    ...config.notify!.channels[0]!,
    body: null,
    headers: { "x-team": "" },
  }]);
});
