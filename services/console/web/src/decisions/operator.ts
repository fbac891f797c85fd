const STORED = 'operator';

/**
 * Encodes a name for the header X-Operator. fetch sends header values as Latin-1, and the service
 * reads the bytes as UTF-8.
 */
export function encodeOperator(name: string): string {
  return String.fromCharCode(...new TextEncoder().encode(name));
}

/** The name of this browser's last decision. */
export function readOperator(): string {
  return localStorage.getItem(STORED) ?? '';
}

export function rememberOperator(name: string): void {
  localStorage.setItem(STORED, name);
}
