import { expect, test, vi } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';

test('a test is not given the ports that another one was given and has not begun to use', async () => {
  // The draw that made two of them meet.
  const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0.25).mockReturnValueOnce(0.25).mockReturnValueOnce(0.26);
  try {
    const first = await freePorts(28);
    const second = await freePorts(28);
    expect(Math.abs(first - second)).toBeGreaterThanOrEqual(28);
  } finally {
    random.mockRestore();
  }
});
