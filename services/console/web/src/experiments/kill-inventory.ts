import {
  deductedOnce,
  messageIs,
  notPublished,
  orderIs,
  publishedAtLeast,
  receiverIsDown,
  serviceIsDown,
  withKafka,
  withoutKafka,
} from './conditions.ts';
import type { Experiment } from './experiment.ts';
import { check, kill, pause, placeOrder, resume, start, verify, watch } from './steps.ts';

const withoutKafkaWaits = [messageIs('PENDING'), notPublished, receiverIsDown].map(withoutKafka);

export const killInventory: Experiment = {
  id: 'kill-inventory',
  title: { en: 'Kill the inventory service', zh: '杀掉库存服务' },
  teaser: {
    en: 'The consumer is dead. Orders are accepted as before, and no operator has to repair anything later.',
    zh: '消费者宕机。照常接单，事后也不需要运维人员修复。',
  },
  before: {
    en: 'You kill the inventory service and place an order. The order service stores the order and its message in one transaction and answers at once, because it needs no other service for that. The relay publishes the message, but no result comes back. So the relay republishes the message after 10 seconds, and then less and less often, until a result arrives. When the inventory is back, Kafka delivers every copy, and only the first one deducts stock.',
    zh: '你将杀掉库存服务，然后提交一个订单。订单服务在同一个事务中写入订单和消息，不依赖其他服务，因此立即返回。relay 发布消息，但没有结果返回，于是在 10 秒后重新发布，之后间隔逐次拉长，直到结果到达。库存服务恢复后，Kafka 会投递所有副本，但只有第一份扣减库存。',
  },
  without: {
    en: 'Without the message table the order service would call the inventory directly. It would either refuse the order, or accept it and remember the missing deduction in memory, where the next crash erases it.',
    zh: '没有消息表时，订单服务只能直接调用库存服务。它要么拒绝订单，要么接受订单并把未完成的扣减记在内存里，下一次崩溃就会丢失。',
  },
  learned: {
    en: 'An outage of the consumer delays an order and loses nothing. The message was published several times and took effect once, because the inbox of the inventory knows the id of every message that it has processed.',
    zh: '消费者宕机只会延迟订单，不会丢失任何东西。消息发布了多次，却只生效一次，因为库存服务的收件箱记录了处理过的每条消息的 id。',
  },
  needsKafka: false,
  steps: [
    kill('inventory', {
      en: 'SIGKILL: the process gets no chance to finish anything.',
      zh: 'SIGKILL：进程没有机会完成任何工作。',
    }),
    placeOrder({
      why: {
        en: 'The answer is 201, although the consumer is dead.',
        zh: '消费者已经宕机，应答仍然是 201。',
      },
    }),
    watch(
      'republished',
      { en: 'Watch the relay republish the message', zh: '观察 relay 重新发布消息' },
      [
        serviceIsDown('inventory'),
        withKafka(messageIs('PUBLISHED')),
        withKafka(publishedAtLeast(2)),
        ...withoutKafkaWaits,
      ],
      {
        en: 'The message is PUBLISHED, but PUBLISHED is not final: the row stays open until a result is stored. The countdown shows when the relay republishes the message.',
        zh: '消息为 PUBLISHED，但 PUBLISHED 不是终态：在结果落库之前，这一行始终是未完成状态。倒计时显示 relay 下一次发布的时间。',
      },
    ),
    start('inventory'),
    watch(
      'confirmed',
      { en: 'Watch the order complete', zh: '观察订单完成' },
      [orderIs('CONFIRMED'), messageIs('COMPLETED')],
      {
        en: 'The inventory consumes the first copy and ignores the others. Its result completes order and message in one transaction.',
        zh: '库存服务消费第一份副本并忽略其余副本。它的结果在同一个事务中完成订单和消息。',
      },
    ),
    check(deductedOnce, withKafka(publishedAtLeast(2))),
    verify,
  ],
};

export const pauseInventory: Experiment = {
  id: 'pause-inventory',
  title: { en: 'Pause the inventory service', zh: '暂停库存服务' },
  teaser: {
    en: 'The process is alive but silent: no crash, no error, no closed connection.',
    zh: '进程还活着，但没有任何响应：没有崩溃，没有错误，连接也没有断开。',
  },
  before: {
    en: 'You freeze the inventory service with SIGSTOP, as a long garbage collection or a stuck disk would. Its connections stay open, and Kafka stores the message as usual. No error tells the order service that something is wrong. Only the result is missing, so the relay republishes the message after its deadline.',
    zh: '你将用 SIGSTOP 冻结库存服务，效果如同长时间的垃圾回收或磁盘卡住。它的连接保持打开，Kafka 照常保存消息，没有任何错误告诉订单服务出了问题。只有迟迟不到的结果能说明这一点，因此 relay 在截止时间后重新发布消息。',
  },
  without: {
    en: 'Without the message table, a sender that trusts the acknowledgement of the broker would consider the order done and never look again.',
    zh: '没有消息表时，发送方一旦相信 broker 的确认，就会认为订单已经完成，再也不会检查。',
  },
  learned: {
    en: 'An acknowledgement by the broker is not a result. The message table waits for the result, so it needs no other sign of a failure: a crash, a freeze and a lost answer all look alike, and all are repaired alike.',
    zh: 'broker 的确认不等于处理结果。消息表等待的是结果，因此不需要其他故障信号：崩溃、冻结、应答丢失看起来都一样，也都以同样的方式恢复。',
  },
  needsKafka: false,
  steps: [
    pause('inventory'),
    placeOrder(),
    watch(
      'republished',
      { en: 'Watch the relay wait, then republish', zh: '观察 relay 等待，然后重新发布' },
      [serviceIsDown('inventory'), withKafka(publishedAtLeast(2)), ...withoutKafkaWaits],
      {
        en: 'The health check of the inventory times out. The message is PUBLISHED and its deadline counts down.',
        zh: '库存服务的健康检查超时。消息为 PUBLISHED，截止时间正在倒计时。',
      },
    ),
    resume('inventory', {
      en: 'SIGCONT: the process continues with the instruction at which it stopped.',
      zh: 'SIGCONT：进程从停下的那条指令继续执行。',
    }),
    watch(
      'confirmed',
      { en: 'Watch the order complete', zh: '观察订单完成' },
      [orderIs('CONFIRMED'), messageIs('COMPLETED')],
      {
        en: 'With Kafka the frozen process has lost its place in the consumer group, so it joins again first. This takes a few seconds.',
        zh: '使用 Kafka 时，冻结的进程已被移出消费者组，因此要先重新加入，这需要几秒钟。',
      },
    ),
    check(deductedOnce),
    verify,
  ],
};
