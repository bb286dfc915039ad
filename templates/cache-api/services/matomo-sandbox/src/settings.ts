import { setting, settingsSchema } from 'stackctl/service-kit';

export const settings = settingsSchema(8090, {
  MATOMO_TOKEN: setting.secret(),
  /** Folder for what is to outlive a crash; not set: nothing is. */
  STACKCTL_DATA: setting.text().optional(),
});
