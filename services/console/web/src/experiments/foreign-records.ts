import { deductedOnce, duplicatesIgnored, isReady, messageIs, nothingMoved, orderIs } from './conditions.ts';
import type { Condition, Experiment } from './experiment.ts';
import { cancelOrder, check, decide, kill, placeOrder, produce, start, verify, watch } from './steps.ts';

const copyIgnored: Condition = {
  label: { en: 'The inventory ignored the copy', zh: '库存服务忽略了副本' },
  holds: (sight, { duplicatesBefore }) => duplicatesIgnored(sight) > duplicatesBefore,
};

const newDeadLetter: Condition = {
  label: {
    en: 'The dead-letter topic has a new record, with the reason',
    zh: '死信 topic 中有一条新记录，并附带原因',
  },
  holds: ({ deadLetters }, { deadLettersBefore }) => (deadLetters?.total ?? 0) > deadLettersBefore,
};

export const copyMessage: Experiment = {
  id: 'copy-message',
  title: { en: 'Send a copy of a message', zh: '发送一条消息的副本' },
  teaser: {
    en: 'Kafka delivers at least once. A copy must deduct nothing.',
    zh: 'Kafka 的投递语义是至少一次。副本不能再次扣减库存。',
  },
  before: {
    en: 'You place an order, wait until it is CONFIRMED, and then write its message to Kafka once more, with the same id. The same happens by itself when a relay crashes after it has published and before it has recorded that. The inventory finds the id in its inbox, deducts nothing, and repeats the stored result. The order service finds the message COMPLETED and changes nothing.',
    zh: '你将提交一个订单，等它变为 CONFIRMED，然后用相同的 id 把它的消息再次写入 Kafka。relay 在发布之后、记录之前崩溃时，也会发生同样的事情。库存服务在收件箱中找到这个 id，不扣减库存，只重复已保存的结果。订单服务发现消息已是 COMPLETED，不做任何改变。',
  },
  without: {
    en: 'Without the inbox the copy deducts the stock again. A check such as “is the order confirmed already?” is not enough, because two copies can be processed at the same time.',
    zh: '没有收件箱时，副本会再次扣减库存。“订单是否已确认”之类的检查并不够，因为两份副本可能同时被处理。',
  },
  learned: {
    en: 'A message that is delivered at least once and processed with an inbox takes effect exactly once. The inbox row and the deduction are committed in one transaction, so one never exists without the other.',
    zh: '至少投递一次，加上收件箱，就等于只生效一次。收件箱的行与扣减在同一个事务中提交，因此不会只有其中之一。',
  },
  needsKafka: true,
  steps: [
    placeOrder(),
    watch('confirmed', { en: 'Watch the order complete', zh: '观察订单完成' }, [
      orderIs('CONFIRMED'),
      messageIs('COMPLETED'),
    ]),
    produce({
      id: 'copy',
      title: { en: 'Write the message to Kafka once more', zh: '把这条消息再次写入 Kafka' },
      why: {
        en: 'Same key, same id, same body. Only the position in the topic differs.',
        zh: '相同的 key、相同的 id、相同的内容，只有在 topic 中的位置不同。',
      },
      record: ({ order }, { messages: [message] }) => ({
        body: JSON.stringify(message?.payload),
        key: order?.id ?? '',
        id: order?.messageId ?? '',
        type: message?.type ?? '',
      }),
      seen: copyIgnored.holds,
    }),
    watch('ignored', { en: 'Watch the inventory ignore the copy', zh: '观察库存服务忽略副本' }, [
      copyIgnored,
    ]),
    check(deductedOnce, orderIs('CONFIRMED')),
    verify,
  ],
};

export const poison: Experiment = {
  id: 'poison',
  title: { en: 'Send a poison message', zh: '发送一条毒丸消息' },
  teaser: {
    en: 'A record that no consumer can read must not block the records behind it.',
    zh: '消费者无法读取的记录不能阻塞它后面的记录。',
  },
  before: {
    en: 'You write a record that is not JSON and has no message id. It has the key of an order, so it lands in the same partition, between the two messages of that order. No message in the table belongs to this record, so none can be marked as DEAD. Instead, the inventory copies it to the dead-letter topic with the reason and continues with the next record: the cancellation of the order.',
    zh: '你将写入一条不是 JSON、也没有消息 id 的记录。它带有某个订单的 key，因此与该订单的两条消息位于同一分区，并夹在两者之间。消息表中没有与这条记录对应的消息，因此没有消息可以标记为 DEAD。库存服务把它连同原因复制到死信 topic，然后继续消费下一条记录，也就是该订单的取消。',
  },
  without: {
    en: 'A consumer without a rule for such records fails, restarts, reads the same record and fails again. Everything behind it in the partition waits until an operator skips the record by hand.',
    zh: '如果消费者没有处理这种记录的规则，它会失败、重启、读到同一条记录，然后再次失败。分区中排在后面的一切都要等到运维人员手工跳过这条记录。',
  },
  learned: {
    en: 'A record that can never be processed is set aside with its reason, and the partition continues. An operator finds it on the page of the dead letters and repairs its producer.',
    zh: '永远无法处理的记录会连同原因被放到一边，分区继续消费。运维人员在死信页面找到它，并修复写入它的生产者。',
  },
  needsKafka: true,
  showsDeadLetters: true,
  steps: [
    placeOrder(),
    watch('confirmed', { en: 'Watch the order complete', zh: '观察订单完成' }, [orderIs('CONFIRMED')]),
    produce({
      id: 'poison',
      title: { en: 'Write “this is not JSON” to the topic', zh: '向 topic 写入 “this is not JSON”' },
      why: {
        en: 'With the key of the order, so that it is in the order’s partition.',
        zh: '带有该订单的 key，使它进入该订单所在的分区。',
      },
      record: ({ order }) => ({ body: 'this is not JSON', key: order?.id ?? '' }),
      seen: newDeadLetter.holds,
    }),
    watch('parked', { en: 'Watch the dead-letter topic', zh: '观察死信 topic' }, [newDeadLetter], {
      en: 'The reason and the position of the original record are in the headers of the copy.',
      zh: '副本的 header 中有原因和原记录的位置。',
    }),
    cancelOrder({
      en: 'The order’s second message. It is in the same partition, behind the poison.',
      zh: '该订单的第二条消息，位于同一分区，排在毒丸消息之后。',
    }),
    watch('cancelled', { en: 'Watch the partition continue', zh: '观察分区继续消费' }, [
      orderIs('CANCELLED'),
    ]),
    check(orderIs('CANCELLED'), newDeadLetter),
    verify,
  ],
};

export const requeueDeadLetter: Experiment = {
  id: 'requeue',
  title: { en: 'Decide on a dead letter', zh: '处理一条死信' },
  teaser: {
    en: 'The consumer cannot process a message. You decide about it, and the decision is recorded.',
    zh: '消费者无法处理一条消息。由你决定如何处理，决定会留下记录。',
  },
  before: {
    en: 'While the relay is down, the message of your order waits in the table. Meanwhile you play a faulty producer, and send a broken message with the same id. The inventory answers FAILED for this id, so the message becomes DEAD: it is no longer retried, because every retry could fail in the same way. The message in the table is fine. You look at it and decide, with your name and a reason.',
    zh: 'relay 宕机期间，订单的消息在表中等待。此时你扮演一个有缺陷的生产者，用相同的 id 发送一条损坏的消息。库存服务对这个 id 返回 FAILED，于是消息变为 DEAD：不再重试，因为每次重试都可能以同样的方式失败。表中的消息本身没有问题。你查看它，然后以自己的名义并附上原因作出决定。',
  },
  without: {
    en: 'Without the DEAD status a message that its consumer cannot process is either retried endlessly or dropped. Either way the order stays PENDING, and no operator learns of it.',
    zh: '没有 DEAD 状态时，消费者无法处理的消息要么永远重试，要么被丢弃。无论哪种情况，订单都停留在 PENDING，运维人员无从得知。',
  },
  learned: {
    en: 'A dead letter is a question to an operator. The message keeps its history and its reason. Requeue publishes it again; discard ends it and cancels its order. Both are recorded with name, time and reason.',
    zh: '死信是向运维人员提出的问题。消息保留它的历史和原因。重新入队会再次发布它，丢弃则结束它并取消订单。两种决定都会连同姓名、时间和原因一起记录。',
  },
  needsKafka: true,
  steps: [
    kill('relay'),
    placeOrder({
      why: {
        en: 'Its message stays PENDING, because no relay runs.',
        zh: '没有 relay 运行，因此它的消息停留在 PENDING。',
      },
    }),
    produce({
      id: 'broken',
      title: { en: 'Write a broken message with the same id', zh: '用相同的 id 写入一条损坏的消息' },
      why: {
        en: 'The body is the word “broken”. The inventory knows from the header whose message it is.',
        zh: '内容只有单词 “broken”。库存服务从 header 得知它属于哪条消息。',
      },
      record: ({ order }) => ({
        body: 'broken',
        key: order?.id ?? '',
        id: order?.messageId ?? '',
        type: 'order.placed.v1',
      }),
      seen: messageIs('DEAD').holds,
    }),
    watch(
      'dead',
      { en: 'Watch the message become a dead letter', zh: '观察消息变成死信' },
      [messageIs('DEAD'), orderIs('PENDING')],
      {
        en: 'The result FAILED arrived with its reason. The order stays PENDING until an operator decides.',
        zh: '结果 FAILED 连同原因到达。在运维人员作出决定之前，订单停留在 PENDING。',
      },
    ),
    start('relay'),
    watch('unclaimed', { en: 'Watch the relay leave it alone', zh: '观察 relay 不再认领它' }, [
      {
        label: { en: 'The relay works, and the message is still DEAD', zh: 'relay 正常，消息仍为 DEAD' },
        holds: (sight) => isReady(sight, 'relay') && sight.messages[0]?.status === 'DEAD',
      },
    ]),
    decide,
    watch(
      'decided',
      { en: 'Watch the effect of your decision', zh: '观察决定的效果' },
      [
        {
          label: {
            en: 'The order is CONFIRMED after a requeue, or CANCELLED after a discard',
            zh: '重新入队后订单为 CONFIRMED，丢弃后订单为 CANCELLED',
          },
          holds: ({ order, messages: [message] }) =>
            message?.status === 'DISCARDED' ? order?.status === 'CANCELLED' : order?.status === 'CONFIRMED',
        },
      ],
      {
        en: 'The relay publishes a requeued message like a new one. After a discard it publishes the cancellation of the order instead.',
        zh: '重新入队的消息像新消息一样由 relay 发布。丢弃之后，relay 发布的是该订单的取消消息。',
      },
    ),
    check({
      label: {
        en: 'The stock was deducted once after a requeue, not at all after a discard',
        zh: '重新入队后库存恰好扣减一次，丢弃后没有扣减',
      },
      holds: (sight, memory) =>
        (sight.messages[0]?.status === 'DISCARDED' ? nothingMoved : deductedOnce).holds(sight, memory),
    }),
    verify,
  ],
};
