/**
 * Config dirs with made-up credentials.
 *
 * @module
 */
import { join } from "node:path";

/** A config dir as its owner would have left it: signed in (made up), onboarded, the folders trusted. */
export async function seedAccount(
  configDir: string,
  { name, projectsDir, trusted, signInEndsAt }: {
    name: string;
    projectsDir: string;
    trusted: readonly string[];
    /** Epoch milliseconds, as the provider may say it at a sign-in (2.1.330 notes it). */
    signInEndsAt?: number;
  },
): Promise<void> {
  await Deno.mkdir(configDir, { mode: 0o700 });
  await Deno.symlink(projectsDir, join(configDir, "projects"));
  const projects = Object.fromEntries(
    trusted.map((dir) => [dir, { hasTrustDialogAccepted: true }]),
  );
  await Deno.writeTextFile(
    join(configDir, ".claude.json"),
    JSON.stringify({ hasCompletedOnboarding: true, projects }),
  );
  await Deno.writeTextFile(
    join(configDir, ".credentials.json"),
    JSON.stringify({
      claudeAiOauth: {
        accessToken: `sk-ant-oat01-${name}`,
        refreshToken: `sk-ant-ort01-${name}`,
        // Claude Code says nothing of the end of a sign-in whose access token outlives it.
        expiresAt: signInEndsAt ?? Date.UTC(2099, 0, 1),
        ...signInEndsAt === undefined ? {} : { refreshTokenExpiresAt: signInEndsAt },
        scopes: ["user:inference", "user:profile"],
        subscriptionType: "max",
      },
    }),
    { mode: 0o600 },
  );
}
