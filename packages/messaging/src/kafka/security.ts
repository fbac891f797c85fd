/** How to connect to the brokers. The default is a connection without TLS and SASL. */
export interface KafkaSecurity {
  /** Encrypts the connection and verifies the broker's certificate and its host name. */
  readonly tls?: {
    /** PEM. Default: the certificate authorities of Node. */
    readonly ca?: string;
    /** PEM. The client's certificate chain and its private key. */
    readonly cert?: string;
    readonly key?: string;
  };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}
