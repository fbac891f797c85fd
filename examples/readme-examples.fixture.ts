// The examples in the packages' READMEs as modules, to compile them.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The code that the READMEs leave to the application. */
const APPLICATION = `import type { IdentifiedMessage } from '@lmt/inbox';
import type { InboundMessage, Logger } from '@lmt/messaging';
import type { MessageResult, Sql, TransactionSql } from '@lmt/outbox';
interface Transaction extends TransactionSql {
  readonly booking: { create(args: { data: object }): Promise<unknown> };
}
interface Client extends Sql {
  $transaction<R>(work: (tx: Transaction) => Promise<R>): Promise<R>;
}
declare const prisma: Client;
declare const booking: { readonly id: string; readonly room: string };
declare const databaseUrl: string;
declare const logger: Logger;
declare const results: readonly MessageResult[];
declare function storeOutcome(tx: Transaction, result: MessageResult): Promise<void>;
declare const messages: readonly IdentifiedMessage[];
declare function apply(tx: Transaction, message: IdentifiedMessage): Promise<string>;
declare function consume(messages: readonly InboundMessage[]): Promise<void>;
declare function placeOrder(): Promise<{ readonly id: string }>;
declare function isConflict(error: unknown): boolean;
`;

const findExamples = (markdown: string) =>
  [...markdown.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);

/** Writes each example of the READMEs of the installed packages into a folder. Returns their number. */
export async function writeReadmeExamples(
  modules: string,
  packages: readonly string[],
  folder: string,
): Promise<number> {
  let count = 0;
  await mkdir(folder, { recursive: true });
  for (const name of packages) {
    const markdown = await readFile(join(modules, name, 'README.md'), 'utf8');
    for (const code of findExamples(markdown)) {
      count += 1;
      await writeFile(join(folder, `example-${count}.ts`), `${APPLICATION}\n${code}\nexport {};\n`);
    }
  }
  return count;
}
