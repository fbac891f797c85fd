import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { checkSettings } from './check-settings.js';
import { runDemo } from './run-demo.js';

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', 'expected the URL of an OTLP receiver'],
  ['LOG_LEVEL', 'loud', 'expected one of trace'],
])('rejects a wrong %s before anything starts', async (name, value, text) => {
  const folder = mkdtempSync(join(tmpdir(), 'lmt-data-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  // If the settings were not checked, the demo would reject the folder.
  writeFileSync(join(folder, 'photo.jpg'), 'x');
  vi.stubEnv(name, value);
  const error = new RegExp(`^wrong settings:\n  ${name} is wrong: .*${text}`);
  await expect(runDemo({ folder, broker: 'direct', reset: true })).rejects.toThrow(error);
  expect(readdirSync(folder)).toEqual(['photo.jpg']);
});

test('accepts correct, empty and missing settings', () => {
  checkSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', LOG_LEVEL: 'debug' });
  checkSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: '' });
  checkSettings({});
});
