import {
  deductedOnce,
  lastWasReplayed,
  messageIs,
  nothingMoved,
  notPublished,
  orderIs,
  reservationIs,
  sameOrderEachTime,
  serviceIsDown,
} from './conditions.ts';
import type { Experiment } from './experiment.ts';
import { check, kill, placeOrder, start, verify, watch } from './steps.ts';

export const killRelay: Experiment = {
  id: 'kill-relay',
  title: { en: 'Kill the relay', zh: '杀掉 relay' },
  teaser: {
    en: 'No process publishes. The message waits in the table until a relay starts.',
    zh: '没有进程负责发布。消息在表中等待，直到有 relay 启动。',
  },
  before: {
    en: 'The relay is the only process that publishes. You kill it and place an order. The order and its message are committed together, so nothing is lost: the message is a row in a table. The next relay that starts reads the table and claims the row. If the dead relay had already claimed it, its lease would run out first.',
    zh: 'relay 是唯一负责发布的进程。你将杀掉它，然后提交一个订单。订单和消息一起提交，因此不会丢失：消息就是表中的一行。下一个启动的 relay 读取消息表并认领这一行。如果停机的 relay 已经认领了它，则要先等租约到期。',
  },
  without: {
    en: 'Without the message table the process that accepts the order also publishes. If it dies between the commit and the publication, no other process can know that a message is missing.',
    zh: '没有消息表时，接受订单的进程同时负责发布。如果它在提交之后、发布之前崩溃，没有其他进程能知道少了一条消息。',
  },
  learned: {
    en: 'A relay has no state of its own. Any number of relays may run, and each may die at any time, because everything that they must remember is in the table.',
    zh: 'relay 自身没有状态。可以运行任意多个 relay，任何一个都可以随时停机，因为需要记住的一切都在表中。',
  },
  needsKafka: false,
  steps: [
    kill('relay'),
    placeOrder(),
    watch('waiting', { en: 'Watch the message wait in the table', zh: '观察消息在表中等待' }, [
      serviceIsDown('relay'),
      messageIs('PENDING'),
      notPublished,
    ]),
    start('relay'),
    watch(
      'confirmed',
      { en: 'Watch the order complete', zh: '观察订单完成' },
      [orderIs('CONFIRMED'), messageIs('COMPLETED')],
      {
        en: 'The new relay claims the message with its first scan.',
        zh: '新的 relay 在第一次扫描时就认领了这条消息。',
      },
    ),
    check(deductedOnce),
    verify,
  ],
};

export const orderTooMuch: Experiment = {
  id: 'order-too-much',
  title: { en: 'Order too much', zh: '下单数量超过库存' },
  teaser: {
    en: 'A rejection is a result too. It completes the message, and it deducts nothing.',
    zh: '拒绝也是一种结果：消息照样算完成，库存不变。',
  },
  before: {
    en: 'You order one piece more than is available. The order service does not know the stock, so it accepts the order as PENDING. The inventory decides under a lock, rejects the order, and stores the rejection in its inbox. The result comes back like any other, and the order becomes REJECTED with the reason.',
    zh: '你将订购比可用库存多一件的数量。订单服务不了解库存，因此接受订单，状态为 PENDING。库存服务在锁内判断，拒绝订单，并把拒绝写入收件箱。结果照常返回，订单变为 REJECTED 并附带原因。',
  },
  without: {
    en: 'Without a stored result the inventory could not repeat its answer. A copy that arrives after new stock has come in would then be accepted, although the customer already knows the order as rejected.',
    zh: '如果不保存结果，库存服务就无法重复同样的应答。补货之后到达的副本会被接受，而客户早已得知订单被拒绝。',
  },
  learned: {
    en: 'Not every failure is retried. A message is retried when no result is known. A business decision is a result, so it is stored once and then final.',
    zh: '并非所有失败都会重试。只有不知道结果时才重试消息；业务上的决定本身就是结果，落库一次即为最终结果。',
  },
  needsKafka: false,
  steps: [
    placeOrder({
      title: { en: 'Order one piece more than is available', zh: '订购比可用库存多一件的数量' },
      quantity: ({ availableBefore }) => availableBefore + 1,
    }),
    watch(
      'rejected',
      { en: 'Watch the order being rejected', zh: '观察订单被拒绝' },
      [orderIs('REJECTED'), messageIs('COMPLETED')],
      {
        en: 'The message is COMPLETED: it reached the inventory and has a result.',
        zh: '消息为 COMPLETED：它已经送达库存服务，并且有了结果。',
      },
    ),
    check(nothingMoved, reservationIs('REJECTED')),
    verify,
  ],
};

export const sendTwice: Experiment = {
  id: 'send-twice',
  title: { en: 'Send an order twice', zh: '同一订单提交两次' },
  teaser: {
    en: 'A client that got no answer sends its request again. One order is created.',
    zh: '没有收到应答的客户端会再次发送请求。最终只产生一个订单。',
  },
  before: {
    en: 'A client whose connection breaks cannot know whether its order was placed, so it must be able to ask again. You send the same request twice with the same Idempotency-Key. The key is unique in the order table, so the second request finds the first order and gets the same answer.',
    zh: '连接中断的客户端无法知道订单是否已提交，因此必须能够重试。你将用同一个 Idempotency-Key 把同样的请求发送两次。幂等键在订单表中唯一，因此第二次请求会找到第一个订单，并得到相同的应答。',
  },
  without: {
    en: 'Without the key each retry creates another order with another message, and the stock is deducted twice. The message table cannot repair this, because both orders look genuine.',
    zh: '没有幂等键时，每次重试都会产生新的订单和新的消息，库存会扣减两次。消息表无法修复这种情况，因为两个订单看起来都是真的。',
  },
  learned: {
    en: 'Every hop needs its own protection against repetition: the Idempotency-Key between client and order service, the inbox between relay and inventory, the guard on the state between inventory and order service.',
    zh: '每一段路径都需要各自的防重措施：客户端与订单服务之间是 Idempotency-Key，relay 与库存服务之间是收件箱，库存服务与订单服务之间是对状态的检查。',
  },
  needsKafka: false,
  steps: [
    placeOrder({
      id: 'first',
      title: { en: 'Send the order', zh: '发送订单' },
    }),
    placeOrder({
      id: 'second',
      title: { en: 'Send the same request again', zh: '再次发送同样的请求' },
      why: {
        en: 'The same key, the same body: 201 with the same order id, and a header that marks the answer as repeated.',
        zh: '相同的幂等键，相同的请求体：返回 201 和相同的订单 id，并带有表示重复应答的 header。',
      },
    }),
    watch('confirmed', { en: 'Watch the one order complete', zh: '观察这一个订单完成' }, [
      orderIs('CONFIRMED'),
    ]),
    check(sameOrderEachTime, lastWasReplayed, deductedOnce),
    verify,
  ],
};

export const stopPostgres: Experiment = {
  id: 'stop-postgres',
  title: { en: 'Stop Postgres', zh: '停掉 Postgres' },
  teaser: {
    en: 'The only dependency of the order service. While it is down, orders are refused, and a retry is safe.',
    zh: '订单服务唯一的依赖。停机期间会拒绝订单，而重试是安全的。',
  },
  before: {
    en: 'You kill Postgres and send an order with an Idempotency-Key. The order service cannot store anything, so it answers 503 instead of pretending. The processes stay alive and wait. When Postgres is back you send the same request with the same key: it is safe even if the first attempt was committed and only its answer was lost.',
    zh: '你将杀掉 Postgres，并发送一个带 Idempotency-Key 的订单。订单服务无法写入任何数据，因此返回 503，而不是假装成功。各进程保持存活并等待。Postgres 恢复后，用同一个幂等键发送同样的请求：即使第一次已经提交、只是应答丢失，重试也是安全的。',
  },
  without: {
    en: 'A service that publishes before it writes would have published an order that it cannot store. The inventory would deduct stock for an order that does not exist.',
    zh: '如果先发布再写库，此时已经发布了一个无法写入的订单，库存服务会为不存在的订单扣减库存。',
  },
  learned: {
    en: 'Order and message share one database, so they share its outages too: either both are stored, or neither is, and the client knows that it must ask again.',
    zh: '订单和消息共用一个数据库，因此也一起受它的故障影响：要么都写入，要么都不写入，而客户端知道需要重试。',
  },
  needsKafka: false,
  steps: [
    kill('postgres', {
      en: 'While it is down, this page cannot read orders or messages.',
      zh: '停机期间，本页无法读取订单和消息。',
    }),
    placeOrder({
      id: 'refused',
      title: { en: 'Send an order with an Idempotency-Key', zh: '发送带 Idempotency-Key 的订单' },
      why: { en: 'The answer is 503 with Retry-After.', zh: '应答是 503，并带有 Retry-After。' },
      expects: [503],
    }),
    start('postgres', {
      en: 'The services reconnect by themselves. None of them needs a restart.',
      zh: '各服务会自行重新连接，无需重启。',
    }),
    watch('ready', { en: 'Watch the order service return', zh: '观察订单服务恢复' }, [
      {
        label: { en: 'The order service works', zh: '订单服务正常' },
        holds: ({ health }) =>
          health?.services.some(
            ({ name, instances }) => name === 'order' && instances.some(({ ready }) => ready),
          ) ?? false,
      },
    ]),
    placeOrder({
      id: 'retry',
      title: { en: 'Send the same request with the same key', zh: '用同一个幂等键发送同样的请求' },
    }),
    watch('confirmed', { en: 'Watch the order complete', zh: '观察订单完成' }, [
      orderIs('CONFIRMED'),
      messageIs('COMPLETED'),
    ]),
    check(sameOrderEachTime, deductedOnce),
    verify,
  ],
};
