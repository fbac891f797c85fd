import { movedByOrder, orderIs, serviceIsDown } from './conditions.ts';
import type { Experiment } from './experiment.ts';
import { cancelOrder, check, kill, placeOrder, start, verify, watch } from './steps.ts';

export const cancelInFlight: Experiment = {
  id: 'cancel',
  title: { en: 'Cancel an order in flight', zh: '取消在途订单' },
  teaser: {
    en: 'The customer cancels while the order is still on its way to the inventory.',
    zh: '订单还在前往库存服务的途中，客户就取消了它。',
  },
  before: {
    en: 'You kill the inventory service, place an order and cancel it at once. The order message may already be in Kafka, and cannot be taken back. So the cancellation is a second message of the same order, written in one transaction with the status CANCELLING, and retried like the first. Both have the same key, so they are published in the order in which they were written. If the cancellation arrives first all the same, the inventory writes a tombstone, and the order deducts nothing when it arrives.',
    zh: '你将杀掉库存服务，提交一个订单并立即取消。下单消息可能已经在 Kafka 中，无法收回。因此取消是同一订单的第二条消息，与状态 CANCELLING 在同一个事务中写入，并以同样的方式重试。两者的 key 相同，因此按写入顺序发布。如果取消仍然先到达，库存服务会写入墓碑（tombstone），之后到达的下单消息不扣减任何库存。',
  },
  without: {
    en: 'A cancellation by a direct call would find no reservation at the inventory and do nothing. Later the order arrives from Kafka and deducts stock for an order that no longer exists.',
    zh: '如果通过直接调用来取消，库存服务找不到预留，什么也不做。随后下单消息从 Kafka 到达，为一个已不存在的订单扣减库存。',
  },
  learned: {
    en: 'Undoing goes the same way as doing: as a message in the same table, with the same key. The stock ends where it began.',
    zh: '撤销与执行走同一条路：同一张表中的消息，相同的 key。库存最终回到原来的数量。',
  },
  needsKafka: false,
  steps: [
    kill('inventory'),
    placeOrder(),
    cancelOrder({
      en: 'The answer is 202: accepted, and in progress.',
      zh: '应答是 202：已接受，正在处理。',
    }),
    watch(
      'cancelling',
      { en: 'Watch the two messages wait', zh: '观察两条消息等待' },
      [
        serviceIsDown('inventory'),
        orderIs('CANCELLING'),
        {
          label: { en: 'The order has two messages', zh: '该订单有两条消息' },
          holds: ({ messages }) => messages.length === 2,
        },
      ],
      {
        en: 'order.placed.v1 and order.cancelled.v1 with the same key. Both wait for the inventory.',
        zh: 'order.placed.v1 和 order.cancelled.v1 的 key 相同，都在等待库存服务。',
      },
    ),
    start('inventory'),
    watch('cancelled', { en: 'Watch the order end as CANCELLED', zh: '观察订单最终变为 CANCELLED' }, [
      orderIs('CANCELLED'),
      {
        label: { en: 'Both messages are COMPLETED', zh: '两条消息都是 COMPLETED' },
        holds: ({ messages }) =>
          messages.length === 2 && messages.every(({ status }) => status === 'COMPLETED'),
      },
    ]),
    check({
      label: {
        en: 'The movements of the order add up to zero',
        zh: '该订单的库存变动合计为零',
      },
      holds: (sight, { sku }) => sight.inbox.length === 2 && movedByOrder(sight, sku) === 0,
    }),
    verify,
  ],
};
