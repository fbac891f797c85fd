import type { OpenApiDocument, Operation, Parameter } from './openapi-document.js';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
  pre { overflow-x: auto; padding: .75rem; border: 1px solid #8885; border-radius: 4px; font-size: 14px }
  table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8885 }
  h2 { margin-top: 3rem; border-top: 1px solid #8885; padding-top: 1rem } code { overflow-wrap: anywhere } nav ul { columns: 20rem; padding-left: 1rem }
`;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character);
const prose = (text = '') => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
const json = (value: unknown) => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;

/** Renders the document as one page without scripts, so it loads nothing from elsewhere. */
export function renderDocsPage({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      title: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
<p>${prose(info.description)} The same as OpenAPI 3.1: <a href="openapi.json">openapi.json</a>.</p>
<nav><ul>${operations.map(({ title, operation }) => `<li><a href="#${operation.operationId}"><code>${escapeHtml(title)}</code></a>`).join('')}</ul></nav>
${operations.map(({ title, operation }) => renderOperation(title, operation)).join('\n')}
<h2>Schemas</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => `<h3 id="schema-${name}">${name}</h3>${json(schema)}`)
  .join('\n')}
</body></html>
`;
}

function renderOperation(title: string, operation: Operation): string {
  const { operationId, summary, description, security, parameters, requestBody, responses } = operation;
  const caller = Object.keys(security[0] ?? {})[0];
  return `<h2 id="${operationId}"><code>${escapeHtml(title)}</code></h2>
<p>${prose(summary)}. ${prose(description)}${caller ? ` Authorised by: ${caller}.` : ''}</p>
${renderParameters(parameters)}
${Object.entries(requestBody?.content ?? {})
  .map(
    ([type, { schema, example }]) =>
      `<h3>Body: ${type}</h3>${example === undefined ? '' : json(example)}${fold(schema)}`,
  )
  .join('')}
<h3>Answers</h3><table>${Object.entries(responses)
    .map(([status, { description, headers = {}, content }]) => {
      const names = Object.entries(headers).map(
        ([name, header]) => `<br><code>${name}</code>: ${prose(header.description)}`,
      );
      const bodies = Object.entries(content).map(([type, { schema }]) => `${type} ${fold(schema)}`);
      return `<tr><th>${status}<td>${prose(description)}${names.join('')}<td>${bodies.join('')}`;
    })
    .join('')}</table>`;
}

function renderParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<tr><th><code>${escapeHtml(name)}</code><td>${place}${required ? ', required' : ''}<td>${prose(description)}<td>${fold(schema)}`,
  );
  return `<h3>Parameters</h3><table>${rows.join('')}</table>`;
}

/** A component is a link. Another schema is folded. */
function fold(schema: Readonly<Record<string, unknown>>): string {
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined;
  if (name !== undefined) return `<a href="#schema-${name}">${name}</a>`;
  return `<details><summary>schema</summary>${json(schema)}</details>`;
}
