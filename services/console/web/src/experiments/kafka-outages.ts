import {
  brokerIsDown,
  deductedOnce,
  messageIs,
  noFailures,
  notPublished,
  orderIs,
  publishedAtLeast,
} from './conditions.ts';
import type { Experiment } from './experiment.ts';
import { check, kill, placeOrder, start, verify, watch, wipeKafka } from './steps.ts';

export const stopKafka: Experiment = {
  id: 'stop-kafka',
  title: { en: 'Stop Kafka', zh: '停掉 Kafka' },
  teaser: {
    en: 'The broker is gone. Orders are accepted, and their messages wait in the table.',
    zh: 'broker 宕机。照常接单，消息在表中等待。',
  },
  before: {
    en: 'You kill Kafka and place an order. Placing an order needs the order database only, so the answer is 201. The message stays PENDING in the message table. The relay notices that the broker is unavailable, claims nothing, and probes the broker until it is back. An outage, however long, does not count as an attempt and makes no message DEAD.',
    zh: '你将杀掉 Kafka，然后提交一个订单。下单只需要订单库，因此应答是 201，消息以 PENDING 状态留在消息表中。relay 发现 broker 不可用，不再认领消息，并持续探测直到 broker 恢复。无论故障持续多久，都不计入尝试次数，也不会有消息变成 DEAD。',
  },
  without: {
    en: 'Without the message table the order service publishes after its commit. The publication fails, the order exists, and no process knows that its message is missing.',
    zh: '没有消息表时，订单服务在提交之后才发布。发布失败，订单已经存在，却没有任何进程知道缺少了它的消息。',
  },
  learned: {
    en: 'The message table is the queue in front of the queue. However long Kafka is down, the order database keeps every message, in order, until the relay can publish it.',
    zh: '消息表是队列之前的队列。Kafka 宕机多久都没有关系：在 relay 能够发布之前，订单库按顺序保存每一条消息。',
  },
  needsKafka: true,
  steps: [
    kill('kafka'),
    placeOrder({
      why: { en: 'No part of the answer needs the broker.', zh: '返回应答不需要 broker 的参与。' },
    }),
    watch(
      'waiting',
      { en: 'Watch the message wait in the table', zh: '观察消息在表中等待' },
      [brokerIsDown, messageIs('PENDING'), notPublished],
      {
        en: 'The message is PENDING with 0 publications. The relay is not ready, and its reason names the broker.',
        zh: '消息为 PENDING，发布次数为 0。relay 处于未就绪状态，原因指向 broker。',
      },
    ),
    start('kafka', {
      en: 'Kafka takes about 10 seconds to start. The relay tries to reach it every 5 seconds at most.',
      zh: 'Kafka 启动大约需要 10 秒。relay 最多每隔 5 秒尝试连接一次。',
    }),
    watch('confirmed', { en: 'Watch the order complete', zh: '观察订单完成' }, [
      orderIs('CONFIRMED'),
      messageIs('COMPLETED'),
    ]),
    check(noFailures, deductedOnce),
    verify,
  ],
};

export const wipedKafka: Experiment = {
  id: 'wipe-kafka',
  title: { en: 'Delete Kafka’s data', zh: '删除 Kafka 的数据' },
  teaser: {
    en: 'Kafka acknowledges a message and then loses it. The order completes all the same.',
    zh: 'Kafka 确认了消息，随后却把它丢失。订单仍然会完成。',
  },
  before: {
    en: 'You kill the inventory service, so that the message stays in Kafka, and place an order. The relay publishes the message, and Kafka acknowledges it: the message is PUBLISHED. Then you delete all of Kafka’s data, so the only copy in the broker is gone. The row in the message table is not: PUBLISHED only means that a result is awaited. When no result comes within 10 seconds of the publication, the relay republishes the message, to the new, empty Kafka.',
    zh: '你将杀掉库存服务，使消息停留在 Kafka 中，然后提交一个订单。relay 发布消息，Kafka 返回确认，消息变为 PUBLISHED。随后删除 Kafka 的全部数据，broker 中唯一的副本就此消失，但消息表中的那一行还在：PUBLISHED 只表示正在等待结果。发布后 10 秒内没有结果，relay 就会向全新的、空的 Kafka 重新发布这条消息。',
  },
  without: {
    en: 'Without the message table the acknowledged message is lost for good. The customer has an order, the inventory never hears of it, and nothing reports an error. Brokers do lose acknowledged messages: by a deleted volume, an unclean leader election, or a retention time shorter than an outage.',
    zh: '没有消息表时，这条已确认的消息就永久丢失了：客户有订单，库存服务却毫不知情，也没有任何地方报错。broker 确实会丢失已确认的消息：数据卷被删除、unclean leader election，或者保留时间短于故障时间。',
  },
  learned: {
    en: 'When Kafka loses its data, no order is lost: the message table in the order database is the source, and Kafka only carries copies. Every message without a stored result is republished, and the inbox ignores the copies of messages that were processed before the loss.',
    zh: 'Kafka 丢失数据时，不会丢失任何订单：订单库中的消息表才是源头，Kafka 只负责传递副本。所有没有结果落库的消息都会重新发布；对于丢失之前已经处理过的消息，收件箱会忽略它们的副本。',
  },
  needsKafka: true,
  steps: [
    kill('inventory', {
      en: 'A dead consumer, so that Kafka holds the only published copy.',
      zh: '让消费者宕机，使 Kafka 持有唯一一份已发布的副本。',
    }),
    placeOrder(),
    watch(
      'published',
      { en: 'Watch Kafka acknowledge the message', zh: '观察 Kafka 确认消息' },
      [messageIs('PUBLISHED'), publishedAtLeast(1)],
      {
        en: 'PUBLISHED: Kafka has stored the message and returned its partition and offset.',
        zh: 'PUBLISHED：Kafka 已保存消息，并把分区和 offset 告诉 relay。',
      },
    ),
    wipeKafka({
      en: 'The topic, the message and the consumer’s offsets are gone.',
      zh: 'topic、消息和消费者的 offset 全部消失。',
    }),
    watch(
      'kept',
      { en: 'Look at the message table', zh: '查看消息表' },
      [brokerIsDown, messageIs('PUBLISHED'), orderIs('PENDING')],
      {
        en: 'Kafka has lost its copy. The row is still in the order database, and the order waits for its result.',
        zh: 'Kafka 丢失了它的副本，但这一行仍在订单库中，订单仍在等待结果。',
      },
    ),
    start('kafka', {
      en: 'A new broker with an empty disk, in about 10 seconds. The services create the topics again. The relay tries to reach it every 5 seconds at most.',
      zh: '一个磁盘为空的新 broker，大约 10 秒后启动完成。各服务会重新创建 topic。relay 最多每隔 5 秒尝试连接一次。',
    }),
    start('inventory', {
      en: 'The consumer finds an empty topic: Kafka has no trace of the order.',
      zh: '消费者看到的是空 topic：Kafka 中没有任何内容表明曾经有过这个订单。',
    }),
    watch(
      'confirmed',
      { en: 'Watch the relay republish the message', zh: '观察 relay 重新发布消息' },
      [publishedAtLeast(2), orderIs('CONFIRMED'), messageIs('COMPLETED')],
      {
        en: 'The countdown ends, the relay republishes the row, and the order completes. The second publication has an offset of the new Kafka, which begins again at 0.',
        zh: '倒计时结束后，relay 重新发布这一行，订单随之完成。第二次发布的 offset 属于新的 Kafka，重新从 0 开始。',
      },
    ),
    check(deductedOnce, publishedAtLeast(2)),
    verify,
  ],
};
