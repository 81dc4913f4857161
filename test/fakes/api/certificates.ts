/**
 * A throw-away certificate authority and one leaf, made anew at each start and trusted by nobody but the client that is
 * given `caPem`. Its keys never leave the process.
 *
 * @module
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import * as der from "./der.ts";

export interface Certificates {
  /** For NODE_EXTRA_CA_CERTS. */
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
}

const OID = {
  commonName: "2.5.4.3",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  basicConstraints: "2.5.29.19",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
};

const DAY_MS = 86_400_000;

/** For these DNS names (`*.` at the front stands for one label) and 127.0.0.1; valid for a week. */
export function makeCertificates(dnsNames: readonly string[], now = Date.now()): Certificates {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const leaf = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const validity = der.sequence(
    der.utcTime(new Date(now - DAY_MS)),
    der.utcTime(new Date(now + 7 * DAY_MS)),
  );
  const issuer = nameOf("claude-failover test authority");
  const caDer = certificate({
    issuer,
    subject: issuer,
    validity,
    publicKey: authority.publicKey,
    signer: authority.privateKey,
    extensions: [
      extension(OID.basicConstraints, true, der.sequence(der.boolean(true))),
      // Bit 5: keyCertSign.
      extension(OID.keyUsage, true, der.bitString(Uint8Array.of(0b00000100), 2)),
    ],
  });
  const altNames = dnsNames.map((name) => der.context(2, false, new TextEncoder().encode(name)));
  const certDer = certificate({
    issuer,
    subject: nameOf("claude-failover test server"),
    validity,
    publicKey: leaf.publicKey,
    signer: authority.privateKey,
    extensions: [
      extension(
        OID.subjectAltName,
        false,
        der.sequence(...altNames, der.context(7, false, Uint8Array.of(127, 0, 0, 1))),
      ),
      extension(OID.extendedKeyUsage, false, der.sequence(der.oid(OID.serverAuth))),
    ],
  });
  const caPem = pem("CERTIFICATE", caDer);
  return {
    caPem,
    certPem: pem("CERTIFICATE", certDer) + caPem,
    keyPem: leaf.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

type Der = ReturnType<typeof der.sequence>;

/** X.509 v3 (RFC 5280, 4.1). */
function certificate(
  { issuer, subject, validity, publicKey, signer, extensions }: {
    issuer: Der;
    subject: Der;
    validity: Der;
    publicKey: KeyObject;
    signer: KeyObject;
    extensions: Der[];
  },
): Der {
  const algorithm = der.sequence(der.oid(OID.ecdsaWithSha256));
  const v3 = der.context(0, true, der.integer(Uint8Array.of(2)));
  const serial = der.integer(randomBytes(8));
  const toBeSigned = der.sequence(
    v3,
    serial,
    algorithm,
    issuer,
    validity,
    subject,
    Uint8Array.from(publicKey.export({ type: "spki", format: "der" })),
    der.context(3, true, der.sequence(...extensions)),
  );
  return der.sequence(toBeSigned, algorithm, der.bitString(sign("sha256", toBeSigned, signer)));
}

function extension(id: string, critical: boolean, value: Der): Der {
  const flag = critical ? [der.boolean(true)] : [];
  return der.sequence(der.oid(id), ...flag, der.octetString(value));
}

function nameOf(commonName: string): Der {
  return der.sequence(
    der.set(der.sequence(der.oid(OID.commonName), der.utf8String(commonName))),
  );
}

function pem(label: string, bytes: Uint8Array): string {
  const lines = bytes.toBase64().match(/.{1,64}/g)!.join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
