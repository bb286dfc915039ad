import { expect, it } from 'vitest';
import { logTime } from '../../../../src/kinds/_shared/redis/log-time.ts';

it.each(['1234:M 21 Nov 2026 03:17:20.123 * Ready to accept connections', '1234:X 21 Nov 2026 03:17:20.123 # +sdown'])(
  '%s',
  (line) => {
    expect(logTime(line)).toEqual(new Date(2026, 10, 21, 3, 17, 20, 123));
  },
);

it.each(['', 'hello', '1234:M 21 Foo 2026 03:17:20.123 * x', '1234:C 99 Nov 2026 03:17:20.123 * x'])(
  'knows no time of %j',
  (line) => {
    expect(logTime(line)).toBeUndefined();
  },
);
