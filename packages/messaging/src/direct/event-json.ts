import { ownHeaders, readEventHeaders } from '../cloud-event.js';
import type { InboundMessage, OutboundMessage } from '../port.js';

/** Media type of a batch, a JSON array of events. */
export const BATCH_CONTENT_TYPE = 'application/cloudevents-batch+json';

/** Extension attribute that holds, as JSON, all headers whose names CloudEvents does not allow. */
const OTHER_HEADERS = 'otherheaders';
const CORE_ATTRIBUTES = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'data',
  'datacontenttype',
  'dataschema',
  OTHER_HEADERS,
]);
const isExtensionName = (name: string) => /^[a-z0-9]{1,20}$/.test(name) && !CORE_ATTRIBUTES.has(name);

/**
 * Writes a CloudEvents 1.0 event in structured JSON. The body is inserted unchanged.
 *
 * @throws if a header is malformed or the body is not JSON, which would corrupt the whole request
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function writeEventJson(message: OutboundMessage, source: string): string {
  JSON.parse(message.body);
  const own = ownHeaders(message);
  const others = own.filter(([name]) => !isExtensionName(name));
  const attributes = Object.fromEntries([
    ...own.filter(([name]) => isExtensionName(name)),
    ...(others.length === 0 ? [] : [[OTHER_HEADERS, JSON.stringify(Object.fromEntries(others))]]),
    ['specversion', '1.0'],
    ['id', message.id],
    ['source', source],
    ['type', message.type],
    ...(message.key === '' ? [] : [['subject', message.key]]),
    ['time', message.time.toISOString()],
    ['datacontenttype', 'application/json'],
  ]);
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${message.body}}`;
}

/** Reads one element of a batch into the message that Kafka would deliver. Never throws. */
export function readEventJson(event: unknown): InboundMessage {
  const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event);
  if (!isEvent) {
    return { id: null, type: null, key: null, headers: {}, body: toText(event), position: 'direct' };
  }
  const { data, datacontenttype, [OTHER_HEADERS]: others, ...attributes } = event as Record<string, unknown>;
  const raw = new Map<string, string>();
  for (const [name, value] of [...Object.entries(attributes), ['content-type', datacontenttype] as const]) {
    if (typeof value === 'string') raw.set(CORE_ATTRIBUTES.has(name) ? `ce_${name}` : name, value);
  }
  for (const [name, value] of Object.entries(parseObject(others))) {
    if (typeof value === 'string' && !/^(ce_|content-type$)/i.test(name)) raw.set(name, value);
  }
  return {
    ...readEventHeaders(Object.fromEntries(raw)),
    key: typeof attributes.subject === 'string' ? attributes.subject : null,
    body: toText(data),
    position: 'direct',
  };
}

/** Returns '' for missing data, as for an empty Kafka record. */
const toText = (value: unknown) => JSON.stringify(value) ?? '';

/** Returns {} if the text is not a JSON object. */
export function parseObject(text: unknown): object {
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
