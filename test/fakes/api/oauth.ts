/**
 * The endpoints beside the model that Claude Code 2.1.330 asks: sign-in, profile, usage and start-up settings. It has
 * their hosts built in, whatever ANTHROPIC_BASE_URL says.
 *
 * @module
 */
import { z } from "zod";
import { accessToken, type Account, readCredential, refreshToken, uuidOf } from "./account.ts";

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** The answer to `METHOD /path` for an account, or null when this is none of ours. */
export function accountRoute(route: string, account: Account): Reply | null {
  if (route === "GET /api/oauth/usage" && account.usageStatus !== 200) {
    const [type, message] = USAGE_ERRORS[account.usageStatus];
    return { status: account.usageStatus, body: { type: "error", error: { type, message } } };
  }
  const body = BODIES[route]?.(account);
  return body === undefined ? null : { status: 200, body };
}

const USAGE_ERRORS = {
  401: ["authentication_error", "Invalid authentication credentials"],
  429: ["rate_limit_error", "Rate limited. Please try again later."],
  500: ["api_error", "Internal server error"],
} as const;

const RefreshRequest = z.looseObject({
  grant_type: z.literal("refresh_token"),
  refresh_token: z.string(),
  scope: z.string().default("user:inference user:profile"),
});

/**
 * `POST /v1/oauth/token`. A refresh token works once, as the provider's do; a used one, or one of a
 * revoked account, is `invalid_grant`, upon which Claude Code blanks its credentials file.
 */
export function refresh(request: unknown, account: (name: string) => Account): Reply {
  const parsed = RefreshRequest.safeParse(request);
  const credential = parsed.success ? readCredential(parsed.data.refresh_token) : null;
  if (!parsed.success || credential === null) return invalidGrant("Refresh token is none of ours");
  const owner = account(credential.name);
  if (owner.mode === "revoked") return invalidGrant("Refresh token has been revoked");
  if (credential.generation < owner.generation) {
    return invalidGrant("Refresh token was used before");
  }
  owner.generation++;
  return {
    status: 200,
    body: {
      token_type: "Bearer",
      access_token: accessToken(owner.name, owner.generation),
      refresh_token: refreshToken(owner.name, owner.generation),
      expires_in: 28_800,
      scope: parsed.data.scope,
      account: { uuid: uuidOf(1, owner.name), email_address: owner.email },
      organization: { uuid: uuidOf(2, owner.name), name: organization(owner) },
    },
  };
}

function invalidGrant(description: string): Reply {
  return { status: 400, body: { error: "invalid_grant", error_description: description } };
}

const BODIES: Readonly<Record<string, (account: Account) => unknown>> = {
  "GET /api/oauth/usage": (account) => ({
    five_hour: { utilization: account.util5h * 100, resets_at: iso(account.reset5h) },
    seven_day: { utilization: account.util7d * 100, resets_at: iso(account.reset7d) },
    seven_day_oauth_apps: null,
    seven_day_opus: null,
    seven_day_sonnet: { utilization: 0, resets_at: null },
    extra_usage: { is_enabled: false, monthly_limit: null, used_credits: null, utilization: null },
  }),
  "GET /api/oauth/profile": (account) => ({
    account: {
      uuid: uuidOf(1, account.name),
      full_name: `Test ${account.name}`,
      display_name: account.name,
      email: account.email,
      has_claude_max: account.plan === "max",
      has_claude_pro: account.plan === "pro",
      created_at: "2025-01-01T00:00:00Z",
    },
    organization: {
      uuid: uuidOf(2, account.name),
      name: organization(account),
      organization_type: `claude_${account.plan}`,
      billing_type: "stripe_subscription",
      rate_limit_tier: "default_claude_max_5x",
      has_extra_usage_enabled: false,
      subscription_status: "active",
      subscription_created_at: "2025-01-01T00:00:00Z",
    },
  }),
  "GET /api/oauth/claude_cli/roles": (account) => ({
    organization_uuid: uuidOf(2, account.name),
    organization_name: organization(account),
    organization_role: "admin",
    workspace_role: null,
  }),
  "GET /api/hello": () => ({ message: "hello" }),
  "GET /v1/oauth/hello": () => ({ message: "hello" }),
  "GET /api/claude_cli/bootstrap": () => ({ client_data: null, additional_model_options: [] }),
  "GET /api/claude_code/policy_limits": () => ({ restrictions: {} }),
  "GET /api/claude_code_grove": () => ({
    grove_enabled: false,
    domain_excluded: true,
    notice_is_grace_period: false,
    notice_reminder_frequency: 0,
  }),
  "GET /v1/models": () => ({ data: [], has_more: false }),
};

function organization(account: Account): string {
  return `${account.name}'s organization`;
}

function iso(epochS: number): string {
  return new Date(epochS * 1000).toISOString();
}
