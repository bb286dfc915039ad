import { PassThrough, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { openRecording } from '../../../src/traffic/replay/open-recording.ts';
import { RECORDING_FORMATS, type RecordingFormat } from '../../../src/traffic/replay/recorded-item.ts';
import { createTally } from '../../../src/traffic/replay/tally.ts';
import { chunkSizes, cut, inputOf, openFolder, read, readText } from './recordings.ts';

const SAMPLES: Readonly<Record<RecordingFormat, string>> = {
  jsonl: '{"ts":1767225600.25,"user":"grüße","method":"GET","url":"/"}\n',
  csv: 'user,at\n"a, ""b""",1767225600250\n',
  har: '{"log":{"entries":[{"startedDateTime":"2026-01-01T00:00:00.25Z","request":{"method":"GET","url":"http://a/b"}}]}}',
  monitor: '1767225600.250000 [0 127.0.0.1:1] "GET" "gr\\xc3\\xbc\\xc3\\x9fe"\n',
  vegeta: '{"method":"PUT","url":"http://a.example/b?c","header":{"A":["1","2"]},"body":"AP8="}\n',
};

describe('the format', () => {
  it.each(RECORDING_FORMATS)(
    '%s is recognised by its content, packed or not, whatever the file is called',
    async (format) => {
      using folder = openFolder();
      for (const content of [SAMPLES[format], gzipSync(SAMPLES[format])]) {
        const path = folder.write('recording.txt', content);
        const { items, ...found } = await read(inputOf([], { path }));
        expect(found.format).toBe(format);
        expect(items.map(({ line, atMs }) => [line, atMs])).toEqual([
          [format === 'csv' ? 2 : 1, format === 'vegeta' ? undefined : Date.UTC(2026, 0, 1) + 250],
        ]);
      }
    },
  );

  test.each<[string, RecordingFormat]>([
    ['\uFEFF\n\n{"at":0}\n', 'jsonl'],
    ['{"at":0,"log":{"level":"info"}}\n', 'jsonl'],
    ['{"at":0,"method":"GET","url":"/"}\n', 'jsonl'],
    ['{"at":0,"text":"cut', 'jsonl'],
    ['{\n "log" : {"entries": []}}', 'har'],
    ['{"$schema":"x",\n"log":{"entries": []}}', 'har'],
    ['{"log":{"entries":[]}}', 'har'],
    ['OK\n', 'monitor'],
    ['OK\r\n', 'monitor'],
    ['timestamp\r\n', 'csv'],
    ['"time",b\n', 'csv'],
  ])('of %j is %s', async (text, format) => {
    expect((await readText(text)).format).toBe(format);
  });

  it('of a first line that is longer than what is looked at is recognised', async () => {
    const long = 'x'.repeat(200_000);
    expect((await readText(`{"at":0,"text":"${long}"}\n`)).format).toBe('jsonl');
    expect((await readText(`{"log":{"comment":"${long}","entries":[]}}`)).format).toBe('har');
    expect((await readText(`1.000000 [0 [::1]:1] "SET" "a" "${long}"\n`)).items).toHaveLength(1);
  });

  it('may depend on the column that is asked for', async () => {
    await expect(readText('when\n5\n')).rejects.toThrow('does not begin like one of the formats');
    expect((await readText('when\n5\n', { timeField: 'when' })).items[0]?.atMs).toBe(5000);
  });

  test.each([
    ['GET http://a.example/\n', 'does not begin like one of the formats jsonl, csv, har, monitor, vegeta'],
    ['[{"at":0}]\n', 'does not begin like one of the formats'],
    ['', 'standard input is empty'],
    ['\n \n', 'standard input is empty'],
  ])('of %j is none', async (text, message) => {
    await expect(readText(text)).rejects.toMatchObject({
      code: 'E_RECORDING_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('that is asked for counts', async () => {
    await expect(readText('OK\n', { format: 'jsonl' })).rejects.toThrow('standard input:1 is not JSON');
    expect((await readText('', { format: 'jsonl' })).items).toEqual([]);
  });
});

describe('any recording', () => {
  it('is read the same in any chunks, packed or not', async () => {
    const formats = fc.constantFrom(...RECORDING_FORMATS);
    await fc.assert(
      fc.asyncProperty(
        formats,
        chunkSizes,
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (format, sizes, packed, members) => {
          const times = format === 'har' || format === 'csv' ? 1 : members;
          const sample = Buffer.from(SAMPLES[format]);
          // Packed files that are put together are one (RFC 1952, 2.2).
          const bytes = Buffer.concat(Array.from({ length: times }, () => (packed ? gzipSync(sample) : sample)));
          expect(await read(inputOf(cut(bytes, sizes)))).toEqual(await readText(SAMPLES[format].repeat(times)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('that comes as it is recorded is read as far as it has come', async () => {
    const stdin = new PassThrough();
    stdin.write(SAMPLES.monitor);
    const { items } = await openRecording(inputOf([], { stdin }), createTally());
    expect((await items.next()).value).toMatchObject({ line: 1 });
    const next = items.next();
    stdin.end(SAMPLES.monitor);
    expect((await next).value).toMatchObject({ line: 2 });
  });

  it('is closed when its reader stops, and when it is not read at all', async () => {
    for (const packed of [false, true]) {
      for (const count of [0, 1]) {
        const content = Buffer.from(SAMPLES.jsonl.repeat(1000));
        const stdin = Readable.from([packed ? gzipSync(content) : content, Buffer.from(SAMPLES.jsonl)]);
        const { items, close } = await openRecording(inputOf([], { stdin }), createTally());
        if (count > 0) await items.next();
        if (count > 0) await items.return(undefined);
        await close();
        expect(stdin.destroyed).toBe(true);
      }
    }
  });

  it('ends with the reason of its signal, also while nothing comes', async () => {
    const stdin = new PassThrough();
    stdin.write(SAMPLES.monitor);
    const controller = new AbortController();
    const { items } = await openRecording(inputOf([], { stdin, signal: controller.signal }), createTally());
    await items.next();
    const next = items.next();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(next).rejects.toBe(reason);
  });
});

describe('gzip', () => {
  it('gives back what was packed', async () => {
    const events = fc.array(fc.record({ at: fc.nat(), text: fc.string({ unit: 'binary' }) }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(events, chunkSizes, async (all, sizes) => {
        const packed = gzipSync(all.map((event) => `${JSON.stringify(event)}\n`).join(''));
        const { items } = await read(inputOf(cut(packed, sizes)));
        expect(items.map(({ request }) => request.type === 'event' && request.body)).toEqual(all);
      }),
      // Each chunk is a task of another thread.
      { numRuns: 50 },
    );
  });

  it('that was cut off is read as far as it goes', async () => {
    const events = Array.from({ length: 5000 }, (_, at) => JSON.stringify({ at, text: Math.sin(at).toString(36) }));
    const packed = gzipSync(events.map((event) => `${event}\n`).join(''));
    const { items, cutOffLines } = await read(inputOf([packed.subarray(0, packed.length / 2)]));
    expect(items.length).toBeGreaterThan(1000);
    expect(items.length).toBeLessThan(5000);
    expect(cutOffLines).toBe(1);
  });

  it('that is damaged is a mistake', async () => {
    const packed = gzipSync(SAMPLES.jsonl.repeat(100));
    packed[20] = (packed[20] ?? 0) ^ 0xff;
    await expect(read(inputOf([packed]))).rejects.toMatchObject({
      code: 'E_RECORDING_INVALID',
      message: expect.stringContaining('standard input is damaged'),
    });
  });
});

describe('lines', () => {
  it('have a limit, which the message names', async () => {
    const text = `{"at":0}\n{"at":1,"text":"${'x'.repeat(100)}"}\n`;
    await expect(read(inputOf(cut(Buffer.from(text), [16]), { longestBytes: 64 }))).rejects.toThrow(
      'standard input:2 is longer than 64 bytes',
    );
  });

  test.each([
    ['{"at":0}\nnonsense\n', ':2 is not JSON'],
    ['{"at":0}\n[1]\n', ':2 must be an object of JSON'],
    ['{"at":0}\n{"user":1}\n', ':2 has none of the fields at, ts, time, timestamp'],
    ['{"at":0}\n{"at":"soon"}\n', ':2 at: must be an instant'],
    ['{"at":0}\n{"at":null,"ts":1}\n', ':2 at: must be an instant'],
    ['{"at":0}\n{"at":-1}\n', ':2 at: must be an instant'],
    ['{"at":0}\n{"at":1767225600250000}\n', ':2 at: must be seconds or milliseconds'],
    ['{"at":0}\n{"at":{}}\n', ':2 at: must be an instant'],
  ])('of JSONL: %j', async (text, message) => {
    await expect(readText(text)).rejects.toMatchObject({
      code: 'E_RECORDING_INVALID',
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ['{"url":"http://a"}', 'method: is missing'],
    ['{"method":"GET","url":"/a"}', 'url: must begin with http:// or https://'],
    ['{"method":"GET","url":"ftp://a"}', 'url: must begin with http:// or https://'],
    ['{"method":"G T","url":"http://a"}', 'method: must be a method of HTTP'],
    ['{"method":"GET","url":"http://a","body":"{}"}', 'body: must be base64'],
    ['{"method":"GET","url":"http://a","header":{"A":"1"}}', 'header.A: must be a list'],
    ['{"method":"GET","url":"http://a","header":{"A":["\\n"]}}', 'header.A: has a value with characters'],
  ])('of vegeta: %j', async (text, message) => {
    await expect(readText(`${text}\n`, { format: 'vegeta' })).rejects.toThrow(`standard input:1 ${message}`);
  });

  it('of vegeta are requests without instants, and without credentials', async () => {
    const { items } = await readText(
      `${SAMPLES.vegeta}{"method":"GET","url":"https://a?api_key=b","header":{"Cookie":["b"],"X-Auth-Token":["b"],"C":null},"body":null}\n`,
    );
    expect(items.map(({ request }) => request)).toEqual([
      {
        ...{ type: 'http', method: 'PUT', host: 'a.example', path: '/b?c', body: Buffer.of(0, 255) },
        headers: [
          ['A', '1'],
          ['A', '2'],
        ],
      },
      { type: 'http', method: 'GET', host: 'a', path: '/', headers: [], body: undefined },
    ]);
  });

  test.each([
    [0, 0],
    [1767225600.25, 1_767_225_600_250],
    [1767225600.000003, 1_767_225_600_000.003],
    ['1339518083.107412', 1_339_518_083_107.412],
    [99_999_999_999, 99_999_999_999_000],
    [100_000_000_000, 100_000_000_000],
    ['1767225600250.125', 1_767_225_600_250.125],
    ['2026-01-01T00:00:00.25Z', 1_767_225_600_250],
    ['2026-01-01 01:00:00.250125+01', 1_767_225_600_250.125],
    ['2026-01-01', 1_767_225_600_000],
  ])('of JSONL: %j is %j', async (at, atMs) => {
    const { items } = await readText(`${JSON.stringify({ timestamp: 'late', at })}\n`);
    expect(items[0]?.atMs).toBe(atMs);
  });

  it('of JSONL with a number that would be sent as another one are a mistake', async () => {
    const wrong = readText('{"at":0,"id":1}\n{"at":1,"a":[{"id":12345678901234567890}]}\n');
    await expect(wrong).rejects.toThrow(/:2 a: has a whole number with more digits than can be kept: write it as text/);
    expect((await readText('{"at":0,"id":9007199254740991,"b":0.1234567890123456789}\n')).items.length).toBe(1);
  });

  it('that are not UTF-8 are a mistake', async () => {
    const bytes = Buffer.concat([Buffer.from('{"at":0}\n{"at":1,"a":"'), Buffer.of(0xfc), Buffer.from('"}\n')]);
    await expect(readText(bytes)).rejects.toThrow('standard input:2 is not UTF-8');
  });

  it('cut off at any byte are counted, and those before them are read', async () => {
    const text = Buffer.from('{"at":0,"a":"x"}\n{"at":1,"a":"grüße 🙂"}');
    for (let end = 18; end < text.length; end++) {
      const { items, cutOffLines } = await readText(text.subarray(0, end));
      expect([items.length, cutOffLines]).toEqual([1, 1]);
    }
    expect(await readText(text)).toMatchObject({ cutOffLines: 0, items: [{ line: 1 }, { line: 2 }] });
  });
});

test('a file that is not there, and one that cannot be read', async () => {
  using folder = openFolder();
  await expect(read(inputOf([], { path: `${folder.path}/none` }))).rejects.toMatchObject({
    code: 'E_RECORDING_NOT_FOUND',
    exitCode: 2,
  });
  await expect(read(inputOf([], { path: folder.path }))).rejects.toMatchObject({ code: 'E_STATE_UNREADABLE' });
});
