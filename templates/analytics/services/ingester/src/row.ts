/** Rows of the table as the bytes that came, with their places. Pure. */
import type { EventRow } from './event.ts';

/** Every column is text in UTF-8. */
export interface Row {
  readonly bytes: Buffer;
  readonly time: number;
  readonly timeEnd: number;
  /** 36 bytes. */
  readonly eventId: number;
  readonly eventType: number;
  readonly eventTypeEnd: number;
  readonly userId: number;
  readonly userIdEnd: number;
  /** -1 for NULL. */
  readonly properties: number;
  readonly propertiesEnd: number;
  /** The first 48 bits of the id. */
  readonly order: number;
}

export const ID_BYTES = 36;
/** Bytes of the hexadecimal digits before the second dash, and the dash among them. */
const [ORDER_BYTES, DASH_AT] = [13, 8];

/** A row of texts, as one of bytes. */
export function rowOf({ time, eventId, eventType, userId, properties }: EventRow): Row {
  const bytes = Buffer.from(`${time}${eventId}${eventType}${userId}${properties ?? ''}`, 'utf8');
  const timeEnd = Buffer.byteLength(time);
  const eventTypeFrom = timeEnd + ID_BYTES;
  const userIdFrom = eventTypeFrom + Buffer.byteLength(eventType);
  const userIdEnd = userIdFrom + Buffer.byteLength(userId);
  return {
    ...{ bytes, time: 0, timeEnd, eventId: timeEnd, order: orderOf(bytes, timeEnd) },
    ...{ eventType: eventTypeFrom, eventTypeEnd: userIdFrom, userId: userIdFrom, userIdEnd },
    ...{ properties: properties === null ? -1 : userIdEnd, propertiesEnd: bytes.length },
  };
}

/** @param at where a UUID begins. */
export function orderOf(bytes: Uint8Array, at: number): number {
  let order = 0;
  for (let index = 0; index < ORDER_BYTES; index++) {
    if (index !== DASH_AT) order = order * 16 + digitOf(bytes[at + index] ?? 0);
  }
  return order;
}

/** Of a hexadecimal digit, whether small or large. */
function digitOf(code: number): number {
  return code < 58 ? code - 48 : (code & 0b1_1111) + 9;
}

/** By key: two ingesters that store the same events in different orders would wait for each other. */
export function inOrder(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((one, other) => one.order - other.order || compareIds(one, other));
}

function compareIds(one: Row, other: Row): number {
  const { bytes, eventId } = one;
  return bytes.compare(other.bytes, other.eventId, other.eventId + ID_BYTES, eventId, eventId + ID_BYTES);
}

/** One array for each column: time, id, type, user, properties. */
export function columnsOf(rows: readonly Row[]): (string | null)[][] {
  const column = (places: (row: Row) => readonly [from: number, to: number]) =>
    rows.map((row) => {
      const [from, to] = places(row);
      return from === -1 ? null : row.bytes.toString('utf8', from, to);
    });
  return [
    column(({ time, timeEnd }) => [time, timeEnd]),
    column(({ eventId }) => [eventId, eventId + ID_BYTES]),
    column(({ eventType, eventTypeEnd }) => [eventType, eventTypeEnd]),
    column(({ userId, userIdEnd }) => [userId, userIdEnd]),
    column(({ properties, propertiesEnd }) => [properties, propertiesEnd]),
  ];
}
