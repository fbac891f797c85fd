import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from '@lmt/stack';
import { expect, onTestFinished, test } from 'vitest';
import { formatWelcome } from './describe.js';

test("the operators' curl command reads the token for any name of the data folder", () => {
  const parent = mkdtempSync(join(tmpdir(), 'lmt-describe-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, `a "folder" of Tom's`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'demo.json'), '{"adminToken":"the-token"}');
  const url = 'http://127.0.0.1:1';
  const text = formatWelcome({
    folder,
    urls: { order: url, orderInternal: url, inventory: url, inventoryInternal: url, relay: url },
    broker: { kind: 'direct', bootstrap: null },
    databases: { order: 'postgresql://u:hush@h/o', inventory: 'postgresql://u:hush@h/i' },
  } as Stack);
  const [, command = ''] = /^ {2}curl (-H .*) \S+\/messages\/stats$/m.exec(text) ?? [];
  const printed = execFileSync('/bin/sh', ['-c', `printf '%s ' ${command}`], { encoding: 'utf8' });
  expect(printed).toBe('-H authorization: Bearer the-token ');
  expect(text).toContain(`the data stays in ${folder}`);
  expect(text).not.toMatch(/hush|the-token/);
});
