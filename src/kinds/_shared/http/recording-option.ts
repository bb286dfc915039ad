import * as z from 'zod';
import { secretOption } from '../../../stack/values/secret-option.ts';
import { httpPath } from './http-path.ts';

export const recordingOption = z
  .strictObject({ path: httpPath, key: secretOption() })
  .describe(
    'Of a program that tells which requests come to it, as the gateway of the service kit does: where, and the key that it asks ' +
      'for. `stackctl seed record` asks it, and needs no proxy then',
  );

export type RecordingOption = z.output<typeof recordingOption>;
