-- Recipients: what a sender calls them (hashed) and the id that all of that leads to.

create table universal_ids (
  universal_id text primary key check (universal_id ~ '^sf_[A-Za-z0-9_-]{1,64}$'),
  -- Order of creation: of two ids that turn out to be one recipient, the older one stays.
  age bigint generated always as identity,
  -- Null: this is the id in use. Always the last one, never a chain.
  merged_into text references universal_ids (universal_id),
  created_at timestamptz not null default clock_timestamp()
);

create index universal_ids_merged_into on universal_ids (merged_into) where merged_into is not null;

create table identifiers (
  kind text not null check (kind in ('email', 'external_id', 'phone')),
  -- SHA-256 (HMAC with a pepper) of the normalised text, hexadecimal: the text itself is not here.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  universal_id text not null references universal_ids (universal_id),
  first_seen_at timestamptz not null default clock_timestamp(),
  primary key (kind, hash)
);

create index identifiers_universal_id on identifiers (universal_id);
