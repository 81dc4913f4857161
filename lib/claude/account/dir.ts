/**
 * The config dir itself: there, private, ours, no other account's; and its links.
 *
 * @module
 */
import { linkProblems } from "../links.ts";
import { shWord } from "../shell.ts";
import { error, type Finding, type Look, warning } from "./finding.ts";

const PRIVATE_DIR = 0o700;
const PRIVATE_FILE = 0o600;

/** The credential is looked at from outside only: whether it is there, and who may read it. */
export async function dirFindings(look: Look): Promise<Finding[]> {
  const { account, ports: { files } } = look;
  const { configDir, id } = account;
  const dir = await files.stat(configDir);
  if (dir === null) return [];
  const findings = await overlapFindings(look);
  const uid = await ownUid(look);
  if (uid !== null && dir.uid !== uid) {
    findings.push(error(
      `${configDir} belongs to another user (uid ${dir.uid})`,
      "use a config dir of your own",
    ));
  }
  if ((dir.mode & 0o077) !== 0) {
    findings.push(warning(
      `${configDir} is open to other users (mode ${octal(dir.mode)})`,
      `chmod ${octal(PRIVATE_DIR)} ${shWord(configDir)}`,
      { make: "private", path: configDir },
    ));
  }
  const credential = `${configDir}/.credentials.json`;
  const secret = await files.stat(credential);
  if (secret?.kind === "link") {
    findings.push(error(
      `${credential} is a link: the next refresh replaces it by a file and the other login dies`,
      `remove the link, then run claude-failover account add ${id}`,
    ));
  } else if (secret && (secret.mode & 0o077) !== 0) {
    findings.push(warning(
      `other users can read ${credential} (mode ${octal(secret.mode)})`,
      `chmod ${octal(PRIVATE_FILE)} ${shWord(credential)}`,
    ));
  }
  return findings;
}

/** Links that are merely missing are made by the next start of a session. */
export async function linkFindings({ ports, config, account }: Look): Promise<Finding[]> {
  const problems = await linkProblems(ports.files, config, account);
  return problems.map(({ is, what, hint }) =>
    is === "missing"
      ? warning(what, hint, { make: "links", account: account.id })
      : error(what, hint)
  );
}

/** Two accounts in one dir are one account; one inside another is swept and shared with it. */
async function overlapFindings({ ports: { files }, config, account }: Look): Promise<Finding[]> {
  const real = await files.realPath(account.configDir);
  const findings: Finding[] = [];
  for (const other of config.accounts) {
    if (other.id === account.id) continue;
    const theirs = await files.realPath(other.configDir);
    if (real === null || theirs === null) continue;
    const hint = "give each account a config dir of its own";
    if (theirs === real) {
      findings.push(error(`its config dir is that of ${other.id} as well`, hint));
    } else if (real.startsWith(`${theirs}/`)) {
      findings.push(error(`its config dir lies inside that of ${other.id}`, hint));
    }
  }
  return findings;
}

/** By `id -u`; null when it cannot be asked. */
async function ownUid({ ports: { processes, env } }: Look): Promise<number | null> {
  const path = env["PATH"];
  const out = await processes
    .run(["id", "-u"], { timeoutMs: 2_000, env: path === undefined ? {} : { PATH: path } })
    .catch(() => null);
  const text = out?.stdout.trim();
  return text && /^\d+$/.test(text) ? Number(text) : null;
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, "0");
}
