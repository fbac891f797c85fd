import { encodeOperator } from '../decisions/operator.ts';
import { brokerIsUp, isDown, isReady } from './conditions.ts';
import type {
  CheckStep,
  Condition,
  ControlStep,
  DecideStep,
  Memory,
  RequestStep,
  Sight,
  Text,
  VerifyStep,
  WatchStep,
} from './experiment.ts';

export type ProcessName = 'order' | 'relay' | 'inventory' | 'kafka' | 'postgres';

const LABELS: Readonly<Record<ProcessName, Text>> = {
  order: { en: 'the order service', zh: '订单服务' },
  relay: { en: 'the relay', zh: 'relay' },
  inventory: { en: 'the inventory service', zh: '库存服务' },
  kafka: { en: 'Kafka', zh: 'Kafka' },
  postgres: { en: 'Postgres', zh: 'Postgres' },
};

function isStopped(name: ProcessName, sight: Sight): boolean {
  if (name === 'kafka') return brokerIsUp(sight) === false;
  if (name === 'postgres') return isDown(sight, 'order') && isDown(sight, 'inventory');
  return isDown(sight, name);
}

function isRunning(name: ProcessName, sight: Sight): boolean {
  if (name === 'kafka') return brokerIsUp(sight) === true;
  if (name === 'postgres') return isReady(sight, 'order') && isReady(sight, 'inventory');
  return isReady(sight, name);
}

function control(
  command: 'kill' | 'start' | 'pause' | 'resume',
  name: ProcessName,
  verb: Text,
  why: Text | undefined,
): ControlStep {
  // Chinese has a space before a Latin name.
  const space = /^\w/.test(LABELS[name].zh) ? ' ' : '';
  const stops = command === 'kill' || command === 'pause';
  return {
    kind: 'control',
    id: `${command}-${name}`,
    title: { en: `${verb.en} ${LABELS[name].en}`, zh: `${verb.zh}${space}${LABELS[name].zh}` },
    ...(why && { why }),
    call: () => ({ command, body: { name } }),
    seen: (sight) => (stops ? isStopped(name, sight) : isRunning(name, sight)),
  };
}

export const kill = (name: ProcessName, why?: Text) => control('kill', name, { en: 'Kill', zh: '杀掉' }, why);
export const start = (name: ProcessName, why?: Text) =>
  control('start', name, { en: 'Start', zh: '启动' }, why);
export const pause = (name: ProcessName, why?: Text) =>
  control('pause', name, { en: 'Pause', zh: '暂停' }, why);
export const resume = (name: ProcessName, why?: Text) =>
  control('resume', name, { en: 'Resume', zh: '恢复' }, why);

/** Kills Kafka and deletes its data. Kafka stays down until it is started. */
export function wipeKafka(why: Text): ControlStep {
  return {
    kind: 'control',
    id: 'wipe-kafka',
    title: { en: 'Kill Kafka and delete its data', zh: '杀掉 Kafka 并删除它的数据' },
    why,
    call: () => ({ command: 'wipe-kafka', body: {} }),
    seen: (sight) => isStopped('kafka', sight),
  };
}

interface ProduceStep {
  readonly id: string;
  readonly title: Text;
  readonly why: Text;
  readonly record: (
    memory: Memory,
    sight: Sight,
  ) => Readonly<Record<'body', string> & Partial<Record<'key' | 'id' | 'type', string>>>;
  readonly seen: ControlStep['seen'];
}

/** Writes a record to the topic past the message table, as a foreign producer would. */
export function produce({ record, ...step }: ProduceStep): ControlStep {
  return {
    kind: 'control',
    ...step,
    call: (memory, sight) => ({ command: 'produce', body: record(memory, sight) }),
  };
}

interface PlaceStep {
  readonly id?: string;
  readonly title?: Text;
  readonly why?: Text;
  readonly expects?: readonly number[];
  /** Default: one piece. */
  readonly quantity?: (memory: Memory) => number;
}

/** Places the order of the run. Each call of a run has the same Idempotency-Key. */
export function placeOrder({
  id = 'place',
  title = { en: 'Place an order for one piece', zh: '提交一个数量为 1 的订单' },
  why,
  expects = [201],
  quantity = () => 1,
}: PlaceStep = {}): RequestStep {
  return {
    kind: 'request',
    id,
    title,
    ...(why && { why }),
    call: (memory) => ({
      path: '/orders',
      body: { customerId: memory.customerId, items: [{ sku: memory.sku, quantity: quantity(memory) }] },
      headers: { 'idempotency-key': memory.key },
    }),
    expects,
    placesOrder: true,
  };
}

export function cancelOrder(why: Text): RequestStep {
  return {
    kind: 'request',
    id: 'cancel',
    title: { en: 'Cancel the order', zh: '取消订单' },
    why,
    call: ({ order }) => ({ path: `/orders/${order?.id}/cancel`, body: {}, headers: {} }),
    expects: [202],
    placesOrder: false,
  };
}

/** Lets the reader decide on the order's dead letter. `Run all` requeues it. */
export const decide: DecideStep = {
  kind: 'decide',
  id: 'decide',
  title: { en: 'Decide: requeue the message, or discard it', zh: '作出决定：重新入队，或者丢弃' },
  why: {
    en: 'Requeue publishes the message in the table once more: right if the message is fine, or the fault is repaired. Discard is final and cancels the order: right if the message can never be processed. Look at the dead letter first.',
    zh: '重新入队会再次发布表中的消息：消息本身没有问题，或故障已修复时选它。丢弃不可撤销，并会取消订单：消息永远无法处理时选它。请先查看这条死信。',
  },
  call: ({ order, key, operator }) => ({
    path: `/messages/${order?.messageId}/requeue`,
    body: { reason: 'the message itself is fine' },
    headers: { 'idempotency-key': key, 'x-operator': encodeOperator(operator) },
  }),
  expects: [200],
  placesOrder: false,
};

export function watch(id: string, title: Text, until: readonly Condition[], why?: Text): WatchStep {
  return { kind: 'watch', id, title, until, ...(why && { why }) };
}

export function check(...until: readonly Condition[]): CheckStep {
  return {
    kind: 'check',
    id: 'check',
    title: { en: 'The page checks the outcome', zh: '页面检查结果' },
    until,
  };
}

export const verify: VerifyStep = {
  kind: 'verify',
  id: 'verify',
  title: { en: 'Verify every promise on both databases', zh: '在两个数据库上检查每一条承诺' },
  why: {
    en: 'The same check as npm run verify: it reads both databases and reports each order or message that breaks a promise.',
    zh: '与 npm run verify 相同：读取两个数据库，报告违反承诺的每个订单和消息。',
  },
};
