import { setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(8090, {
  MATOMO_TOKEN: setting.secret(),
  /** Folder for what outlives a crash; not set: everything is in memory. */
  STACKCTL_VOLUME_DATA: setting.text().optional(),
});
