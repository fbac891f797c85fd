import type { InboundMessage, OutboundMessage } from './port.js';

/** A header's value as a Kafka client delivers it. */
export type RawHeader = Buffer | string | readonly (Buffer | string)[] | null | undefined;

const isReserved = (name: string) => name.startsWith('ce_') || name === 'content-type';

/**
 * Returns the CloudEvents 1.0 headers of Kafka's binary mode, in which the record's value is the
 * unchanged body. Adds the message's own headers, except reserved names (`ce_*`, content-type).
 *
 * @throws if a header is malformed
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function writeEventHeaders(message: OutboundMessage, source: string): Record<string, string> {
  const own = ownHeaders(message);
  const isAnyReserved = own.some(([name]) => isReserved(name.toLowerCase()));
  const kept = isAnyReserved
    ? Object.fromEntries(own.filter(([name]) => !isReserved(name.toLowerCase())))
    : message.headers;
  // The spread comes last. An object that begins with one takes V8 ten times as long (4 us).
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: message.id,
    ce_source: source,
    ce_type: message.type,
    ce_time: message.time.toISOString(),
    'content-type': 'application/json',
    ...kept,
  };
  // CloudEvents forbids empty attributes.
  if (message.key !== '') headers.ce_subject = message.key;
  return headers;
}

/** @throws if the headers, read from a jsonb column, are not an object of strings */
export function ownHeaders({ headers }: OutboundMessage): [name: string, value: string][] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) {
    throw new TypeError('its headers are not an object');
  }
  const own = Object.entries(headers);
  const other = own.find(([, value]) => typeof value !== 'string');
  if (other !== undefined) throw new TypeError(`its header ${JSON.stringify(other[0])} is not a string`);
  return own;
}

/**
 * Reads the event's attributes and all headers, with names in lower case. Never throws, whatever a
 * foreign producer wrote. If a name repeats, the first value wins.
 */
export function readEventHeaders(
  raw: Readonly<Record<string, RawHeader>> = {},
): Pick<InboundMessage, 'id' | 'type' | 'headers'> {
  const headers: Record<string, string> = {};
  for (const name of Object.keys(raw)) {
    const text = toHeaderText(raw[name]);
    const lowerCase = name.toLowerCase();
    if (text === null || Object.hasOwn(headers, lowerCase)) continue;
    // An assignment would call the setter of __proto__.
    if (lowerCase === '__proto__')
      Object.defineProperty(headers, lowerCase, { value: text, enumerable: true });
    else headers[lowerCase] = text;
  }
  return { id: headers.ce_id || null, type: headers.ce_type || null, headers };
}

function toHeaderText(value: RawHeader): string | null {
  if (Array.isArray(value)) return toHeaderText(value[0]);
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) ? value.toString('utf8') : null;
}
