import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface CollectedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTimeUnixNano: string;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
type ExportedSpan = Omit<CollectedSpan, 'service' | 'attributes'> & { readonly attributes?: Attribute[] };
interface TraceExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly ExportedSpan[] }[];
  }[];
}

const toRecord = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Starts an OTLP receiver for traces as JSON, which keeps every span in memory. */
export async function startTraceCollector() {
  const spans: CollectedSpan[] = [];
  const server = createServer(async (request, response) => {
    const { resourceSpans } = (await json(request)) as TraceExport;
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = String(toRecord(resource.attributes)['service.name']);
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...span, service, links: span.links ?? [], attributes: toRecord(span.attributes) });
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** The spans of the trace in which this message was written, in the order of their start. */
    ofMessage(messageId: string): CollectedSpan[] {
      const placing = spans.find(
        ({ name, attributes }) =>
          name === 'INSERT orders' && attributes['messaging.message.id'] === messageId,
      );
      return spans
        .filter(({ traceId }) => traceId === placing?.traceId)
        .sort((a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano)));
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export type TraceCollector = Awaited<ReturnType<typeof startTraceCollector>>;
