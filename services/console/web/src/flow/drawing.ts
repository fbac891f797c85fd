/** A state in which a message rests. DISCARDED messages are not drawn. */
export type Station = 'PENDING' | 'PUBLISHED' | 'COMPLETED' | 'DEAD';

export type NodeName = 'order' | 'table' | 'relay' | 'broker' | 'inventory';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Pipe {
  readonly id:
    | 'written'
    | 'claimed'
    | 'republished'
    | 'published'
    | 'delivered'
    | 'reported'
    | 'completed'
    | 'dead';
  readonly points: readonly Point[];
}

/** Where everything is. Messages travel along the legs, from slot to slot. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: Readonly<Record<NodeName, Box>>;
  readonly chart: Box;
  readonly labels: Readonly<Record<'transaction' | 'retry' | 'callback', Box>>;
  readonly pipes: readonly Pipe[];
  readonly legs: {
    /** From the order service to the queue before the relay. */
    readonly written: readonly Point[];
    /** Through the relay and the broker. */
    readonly published: readonly Point[];
    /** Through the inventory and the callback back to the order service. */
    readonly reported: readonly Point[];
    readonly ends: Readonly<Record<'COMPLETED' | 'DEAD', readonly [Point, ...Point[]]>>;
  };
  /** The place of the message with this index in the queue before the relay or the inventory. */
  readonly slot: (station: 'PENDING' | 'PUBLISHED', index: number) => Point;
}

const at = (x: number, y: number): Point => ({ x, y });
const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });

const SPACING = 9;

/** From left to right, with the callback below. */
export const WIDE: Drawing = {
  width: 1240,
  height: 304,
  nodes: {
    order: box(0, 0, 176, 304),
    table: box(244, 0, 288, 243),
    relay: box(612, 0, 164, 152),
    broker: box(836, 0, 150, 152),
    inventory: box(1066, 0, 174, 304),
  },
  chart: box(612, 168, 374, 74),
  labels: {
    transaction: box(178, 16, 64, 40),
    retry: box(534, 116, 76, 44),
    callback: box(612, 250, 374, 40),
  },
  pipes: [
    { id: 'written', points: [at(176, 65), at(244, 65)] },
    { id: 'completed', points: [at(176, 149), at(244, 149)] },
    { id: 'dead', points: [at(176, 191), at(244, 191)] },
    { id: 'claimed', points: [at(532, 65), at(612, 65)] },
    { id: 'republished', points: [at(532, 107), at(612, 107)] },
    { id: 'published', points: [at(776, 65), at(836, 65)] },
    { id: 'delivered', points: [at(986, 65), at(1066, 65)] },
    { id: 'reported', points: [at(1066, 270), at(176, 270)] },
  ],
  legs: {
    written: [at(120, 65)],
    published: [at(694, 65), at(911, 65)],
    reported: [at(1153, 65), at(1153, 270), at(88, 270)],
    ends: { COMPLETED: [at(88, 149), at(270, 149)], DEAD: [at(88, 191), at(270, 191)] },
  },
  slot: (station, index) =>
    at(
      (station === 'PENDING' ? 604 : 1058) - SPACING * (index % 8),
      65 - SPACING * (Math.floor(index / 8) % 6),
    ),
};

/** From top to bottom, with the callback at the right. */
export const TALL: Drawing = {
  width: 332,
  height: 1065,
  nodes: {
    order: box(0, 0, 290, 160),
    table: box(0, 208, 290, 243),
    relay: box(0, 499, 290, 126),
    broker: box(0, 673, 290, 96),
    inventory: box(0, 817, 290, 160),
  },
  chart: box(0, 991, 332, 74),
  labels: {
    transaction: box(70, 162, 112, 44),
    retry: box(142, 453, 104, 44),
    callback: box(302, 296, 28, 440),
  },
  pipes: [
    { id: 'written', points: [at(60, 160), at(60, 208)] },
    { id: 'completed', points: [at(200, 160), at(200, 208)] },
    { id: 'dead', points: [at(240, 160), at(240, 208)] },
    { id: 'claimed', points: [at(60, 451), at(60, 499)] },
    { id: 'republished', points: [at(256, 451), at(256, 499)] },
    { id: 'published', points: [at(60, 625), at(60, 673)] },
    { id: 'delivered', points: [at(60, 769), at(60, 817)] },
    { id: 'reported', points: [at(290, 897), at(316, 897), at(316, 80), at(290, 80)] },
  ],
  legs: {
    written: [at(60, 120)],
    published: [at(60, 561), at(60, 721)],
    reported: [at(60, 897), at(316, 897), at(316, 80)],
    ends: {
      COMPLETED: [at(200, 80), at(200, 232)],
      DEAD: [at(240, 80), at(240, 232)],
    },
  },
  slot: (station, index) =>
    at(
      60 + SPACING * (index % 10),
      (station === 'PENDING' ? 491 : 809) - SPACING * (Math.floor(index / 10) % 5),
    ),
};
