import { ownHeaders, readEventHeaders } from '../cloud-event.js';
import type { InboundMessage, OutboundMessage } from '../port.js';

/** The media type of a batch: a JSON array of events. */
export const batchContentType = 'application/cloudevents-batch+json';

/** Headers that can't be an extension attribute of their own travel in this one, as JSON. */
const otherHeaders = 'otherheaders';
const coreAttributes = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'data',
  'datacontenttype',
  'dataschema',
  otherHeaders,
]);
const isExtensionName = (name: string) => /^[a-z0-9]{1,20}$/.test(name) && !coreAttributes.has(name);

/**
 * A CloudEvents 1.0 event in structured JSON. The body goes in as the text it is; throws if that is
 * not JSON, since it would make the whole request unreadable, and if the headers are malformed.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
export function writeEventJson(message: OutboundMessage, source: string): string {
  JSON.parse(message.body);
  const own = ownHeaders(message);
  const others = own.filter(([name]) => !isExtensionName(name));
  const attributes = Object.fromEntries([
    ...own.filter(([name]) => isExtensionName(name)),
    ...(others.length === 0 ? [] : [[otherHeaders, JSON.stringify(Object.fromEntries(others))]]),
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

/** The same message as Kafka would bring it. Never throws: an element of the batch may be anything. */
export function readEventJson(event: unknown): InboundMessage {
  const isEvent = typeof event === 'object' && event !== null && !Array.isArray(event);
  if (!isEvent) {
    return { id: null, type: null, key: null, headers: {}, body: asText(event), position: 'direct' };
  }
  const { data, datacontenttype, [otherHeaders]: others, ...attributes } = event as Record<string, unknown>;
  const raw = new Map<string, string>();
  for (const [name, value] of [...Object.entries(attributes), ['content-type', datacontenttype] as const]) {
    if (typeof value === 'string') raw.set(coreAttributes.has(name) ? `ce_${name}` : name, value);
  }
  for (const [name, value] of Object.entries(parseObject(others))) {
    if (typeof value === 'string' && !/^(ce_|content-type$)/i.test(name)) raw.set(name, value);
  }
  return {
    ...readEventHeaders(Object.fromEntries(raw)),
    key: typeof attributes.subject === 'string' ? attributes.subject : null,
    body: asText(data),
    position: 'direct',
  };
}

/** '' where there is no data: no JSON text, as an empty record's value is none. */
const asText = (value: unknown) => JSON.stringify(value) ?? '';

function parseObject(text: unknown): object {
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
