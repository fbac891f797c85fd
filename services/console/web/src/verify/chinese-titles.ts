/** The titles of the checks, which verify answers in English. A check without one keeps its own title. */
export const CHINESE_TITLES: Readonly<Record<string, string>> = {
  I1: '每个订单都有自己的消息，每条消息都有自己的订单',
  I2: '每个客户的每个幂等键只对应一个订单，并保存了该请求的哈希',
  I3: '每个订单的状态与它的消息和预留一致',
  I4: '库存现在和过去任何时刻都不为负',
  I5: '流水之和等于每个 SKU 的库存，也等于每个订单的数量或零',
  I6: '每条消息只有一行收件箱记录，每个订单和 SKU 的同类效果只有一次',
  I7: '库存中的每个效果都有对应的订单和消息',
  I8: '未 COMPLETED 的消息要么已排期，要么是 DEAD 或 DISCARDED 并记录了原因',
  I9: '每条 COMPLETED 消息都有收件箱记录，且结果相同',
  I10: '每个订单和每条消息都会完成',
  I11: '没有空闲事务，没有过期租约，消费者没有积压',
};
