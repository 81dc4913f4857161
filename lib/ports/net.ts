/**
 * The control plane's wire: HTTP over a unix socket, server and client side.
 *
 * @module
 */

export type Handler = (request: Request) => Response | Promise<Response>;

export interface Server {
  /** Stops taking requests and ends open streams; resolves when nothing is left. */
  close(): Promise<void>;
}

export interface Net {
  /**
   * Serves on a unix socket with mode 0600. A socket file that nobody listens on is replaced;
   * one that somebody listens on throws `AddressInUseError`.
   */
  serve(socketPath: string, handler: Handler): Promise<Server>;
  /**
   * A `fetch` that talks to the socket whatever host the URL names. Throws `NotListeningError` when nobody
   * does, or who did went away before it answered. */
  client(socketPath: string): { fetch: typeof fetch; close(): void };
}

export class AddressInUseError extends Error {
  override name = "AddressInUseError";
}

export class NotListeningError extends Error {
  override name = "NotListeningError";
}
