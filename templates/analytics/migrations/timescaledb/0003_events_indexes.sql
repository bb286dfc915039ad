CREATE INDEX IF NOT EXISTS events_event_type_time_idx ON events (event_type, time DESC);
CREATE INDEX IF NOT EXISTS events_user_id_time_idx ON events (user_id, time DESC);
CREATE INDEX IF NOT EXISTS events_properties_idx ON events USING GIN (properties);
