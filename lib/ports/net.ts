/**
 * The control plane's wire: HTTP over a unix socket or TCP on the server's side, over the socket on the client's.
 *
 * @module
 */

/** `peer` is the address of who asks; null on a unix socket. */
export type Handler = (request: Request, peer: string | null) => Response | Promise<Response>;

export interface Server {
  /** Stops taking requests and ends open streams; resolves when nothing is left. */
  close(): Promise<void>;
}

export interface TcpAddress {
  readonly hostname: string;
  /** 0: any that is free. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface Net {
  /**
   * Serves on a unix socket with mode 0600. A socket file that nobody listens on is replaced;
   * one that somebody listens on throws `AddressInUseError`.
   */
  serve(socketPath: string, handler: Handler): Promise<Server>;
  /** Serves on TCP, with TLS where there is a certificate. Throws `AddressInUseError` when somebody listens there. */
  serveTcp(address: TcpAddress, handler: Handler): Promise<Server & { readonly port: number }>;
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
