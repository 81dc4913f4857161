/**
 * Whether our hooks would be heard. `disableAllHooks` in any settings of a session silences them and the status line
 * (measured on 2.1.330): then a session still starts and moves when asked, but its limits are not seen.
 *
 * @module
 */
import { parseObject } from "../cut_json.ts";
import { type Finding, type Look, warning } from "./finding.ts";

export async function hooksFindings(
  { ports: { files }, account }: Look,
  cwds: readonly string[],
): Promise<Finding[]> {
  const places = [
    `${account.configDir}/settings.json`,
    ...new Set(cwds.flatMap((cwd) => [
      `${cwd}/.claude/settings.json`,
      `${cwd}/.claude/settings.local.json`,
    ])),
  ];
  const found: Finding[] = [];
  for (const path of places) {
    const settings = parseObject(await files.read(path).catch(() => null) ?? "");
    if (settings?.["disableAllHooks"] !== true) continue;
    found.push(warning(
      `hooks are switched off, so no limit and no figure of such a session is seen`,
      `take disableAllHooks out of ${path}`,
    ));
  }
  return found;
}
