/**
 * Which web addresses notices may be sent to.
 *
 * @module
 */

/** What is wrong with one, as a verb phrase that does not repeat it; null: nothing. */
export function addressFault(text: string, { allowHttp }: { allowHttp: boolean }): string | null {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return "must be an http or https address";
  if (url.username || url.password) return "must not hold a name or password";
  if (url.protocol === "https:" || allowHttp || isLoopback(url.hostname)) return null;
  return "must be https: anybody on the way can read http";
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
