/** Answers of the console's own routes. The page imports these types. */
export type ServiceName = 'order' | 'relay' | 'inventory';

export interface InstanceHealth {
  /** Address and internal port. */
  readonly address: string;
  readonly ready: boolean;
  /** The failed checks of /readyz. The check `connection` means that the instance does not answer. */
  readonly problems: readonly { readonly check: string; readonly reason: string }[];
  /** Cumulative since the instance started. Empty if the instance does not answer. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Answer of `GET /api/health`. */
export interface Health {
  readonly at: string;
  readonly services: readonly { readonly name: ServiceName; readonly instances: readonly InstanceHealth[] }[];
}

export interface ControlledProcess {
  readonly name: string;
  readonly phase: 'up' | 'down' | 'starting' | 'paused';
  readonly ready: boolean;
  readonly restarts: number;
}

/** Answer of `GET /api/control`. */
export interface Control {
  readonly kind: 'demo' | 'compose';
  readonly broker: 'kafka' | 'direct';
  readonly commands: readonly string[];
  readonly processes: readonly ControlledProcess[];
}

/** Answer of `GET /api/session`. */
export interface Session {
  readonly console: { readonly version: string };
  /** Null if the console has no control channel or cannot reach it. */
  readonly control: Omit<Control, 'processes'> | null;
}

/** Answer of `POST /api/control/verify`. */
export interface Verification {
  readonly text: string;
  readonly ok: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly title: string;
    readonly state: 'ok' | 'failed' | 'open';
    readonly detail?: string;
  }[];
}
