import type { MessageStatus, OrderStatus, ReservationStatus } from '@lmt/contracts';
import type { ServiceName } from '../api/views.ts';
import type { Condition, Sight } from './experiment.ts';

/** Whether an instance of the service answers and can work. */
export function isReady({ health }: Sight, name: ServiceName): boolean {
  return instancesOf(health, name).some(({ ready }) => ready);
}

/** Whether the state is known and no instance of the service can work. */
export function isDown({ health }: Sight, name: ServiceName): boolean {
  return health !== null && instancesOf(health, name).every(({ ready }) => !ready);
}

function instancesOf(health: Sight['health'], name: ServiceName) {
  return health?.services.find((service) => service.name === name)?.instances ?? [];
}

/** Whether the relay reaches the broker. Null if no relay answers. */
export function brokerIsUp({ health }: Sight): boolean | null {
  const [known] = instancesOf(health, 'relay').flatMap(({ counters }) => counters.brokerUp ?? []);
  return known === undefined ? null : known === 1;
}

/** Copies that the inventory ignored since it started. */
export function duplicatesIgnored({ health }: Pick<Sight, 'health'>): number {
  return instancesOf(health, 'inventory').reduce((sum, { counters }) => sum + (counters.duplicate ?? 0), 0);
}

/** The change of stock by the order's messages. */
export function movedByOrder({ inbox }: Sight, sku: string): number {
  return inbox
    .flatMap(({ movements }) => movements)
    .reduce((sum, movement) => (movement.sku === sku ? sum + movement.delta : sum), 0);
}

/** The conditions that can become true with the system's transport. */
export const applicable = (conditions: readonly Condition[], { broker }: Sight): readonly Condition[] =>
  conditions.filter(({ only }) => only === undefined || only === broker);

const first = ({ messages }: Sight) => messages[0];

export function orderIs(status: OrderStatus): Condition {
  return {
    label: { en: `The order is ${status}`, zh: `订单状态为 ${status}` },
    holds: ({ order }) => order?.status === status,
  };
}

export function messageIs(status: MessageStatus): Condition {
  return {
    label: { en: `The message is ${status}`, zh: `消息状态为 ${status}` },
    holds: (sight) => first(sight)?.status === status,
  };
}

/** A message that was not published, without a failure of its own. */
export const notPublished: Condition = {
  label: { en: 'The message was published 0 times', zh: '消息的发布次数为 0' },
  holds: (sight) => first(sight)?.attempts === 0,
};

export function publishedAtLeast(times: number): Condition {
  return {
    label:
      times === 1
        ? { en: 'The message was published', zh: '消息已发布' }
        : { en: `The message was published at least ${times} times`, zh: `消息至少发布了 ${times} 次` },
    holds: (sight) => (first(sight)?.attempts ?? 0) >= times,
  };
}

/** No attempt failed: an outage of the broker is not the message's failure. */
export const noFailures: Condition = {
  label: { en: 'The outage was not counted as a failure of the message', zh: '故障没有计为消息自身的失败' },
  holds: (sight) => first(sight)?.failures === 0,
};

export function serviceIsDown(name: ServiceName): Condition {
  return {
    label: {
      en: `The ${name} service does not answer, or reports why it cannot work`,
      zh: `${name} 服务没有响应，或说明了无法工作的原因`,
    },
    holds: (sight) => isDown(sight, name),
  };
}

export function serviceIsReady(name: ServiceName): Condition {
  return {
    label: { en: `The ${name} service works`, zh: `${name} 服务正常` },
    holds: (sight) => isReady(sight, name),
  };
}

export const withKafka = (condition: Condition): Condition => ({ ...condition, only: 'kafka' });
export const withoutKafka = (condition: Condition): Condition => ({ ...condition, only: 'direct' });

export const receiverIsDown: Condition = {
  label: { en: 'The relay reports that the inventory is unavailable', zh: 'relay 报告库存服务不可用' },
  holds: (sight) => brokerIsUp(sight) === false,
};

export const brokerIsDown: Condition = {
  label: { en: 'The relay reports that Kafka is unavailable', zh: 'relay 报告 Kafka 不可用' },
  holds: (sight) => brokerIsUp(sight) === false,
};

/** Exactly one deduction of one piece, however many copies of the message arrived. */
export const deductedOnce: Condition = {
  label: { en: 'The order deducted its stock exactly once', zh: '该订单恰好扣减了一次库存' },
  holds: ({ inbox }, { sku }) => {
    const movements = inbox.flatMap((message) => message.movements);
    return movements.length === 1 && movements[0]?.sku === sku && movements[0].delta === -1;
  },
};

export const nothingMoved: Condition = {
  label: { en: 'The order moved no stock', zh: '该订单没有变动任何库存' },
  holds: ({ inbox }) => inbox.length > 0 && inbox.every(({ movements }) => movements.length === 0),
};

export function reservationIs(status: ReservationStatus): Condition {
  return {
    label: { en: `The inventory's reservation is ${status}`, zh: `库存服务的预留状态为 ${status}` },
    holds: ({ inbox }) => inbox.at(-1)?.reservation?.status === status,
  };
}

/** The order's requests got the same order. */
export const sameOrderEachTime: Condition = {
  label: { en: 'Every 201 answer names the same order', zh: '每个 201 应答都是同一个订单' },
  holds: (_, { answers }) => new Set(answers.flatMap(({ orderId }) => orderId ?? [])).size === 1,
};

export const lastWasReplayed: Condition = {
  label: {
    en: 'The last answer has the header Idempotency-Replayed: true',
    zh: '最后一个应答带有 Idempotency-Replayed: true',
  },
  holds: (_, { answers }) => answers.at(-1)?.replayed === true,
};
