import type { FailPoint } from '@lmt/contracts';
import type { MessageHandler } from '@lmt/messaging';
import type { FailHere } from '@lmt/service-kit';
import type { ResultSender } from './results/send-results.js';

type FailInventory = FailHere<FailPoint<'inventory'>> | null;

/** The same handler, with a fail-point between its commit and the broker's offset. */
export function failAfterBatch(handler: MessageHandler, failHere: FailInventory): MessageHandler {
  if (failHere === null) return handler;
  return async (messages) => {
    const deadLetters = await handler(messages);
    await failHere('inventory.afterCommitBeforeOffset');
    return deadLetters;
  };
}

/** The same sender, with a fail-point before results leave. `error` loses them. */
export function failBeforeResults(sender: ResultSender, failHere: FailInventory): ResultSender {
  if (failHere === null) return sender;
  return {
    room: () => sender.room(),
    drain: () => sender.drain(),
    close: () => sender.close(),
    send(results) {
      if (results.length === 0) return;
      failHere('inventory.afterCommitBeforeCallback').then(
        () => sender.send(results),
        () => {},
      );
    },
  };
}
